import Arrays
import CollapseCore
import FeatureStore
import Files
import LibC
import TestSupport
import Testing

/// Files that are no HDF5 files, or no longer.
@Suite struct DamagedFileTests {
  let folder = TemporaryFolder()

  /// A whole file of 300 rows.
  func whole() throws -> [UInt8] {
    let writer = try FeatureFileWriter(
      folder("whole.h5"), rowCount: 300, layers: [("fc", 8)], metadata: FeatureFileTests.metadata)
    try writer.append([FeatureFileTests.block(0..<300, 8)], labels: (0..<300).map { $0 % 5 })
    try writer.finish()
    return try FileContents.read(folder("whole.h5"))
  }

  @Test func missingPathFolderAndUnreadableAreNamed() throws {
    for (path, reason) in [
      (folder("no.h5"), "it does not exist"),
      (folder.path, "it is a folder, expected a file"),
      (folder.write([], to: "a") + "/b.h5", "a part of the path is not a folder"),
      ("/dev/null", "it is a device, expected a file"),
    ] {
      let error = #expect(throws: FileError.self) { try FeatureSet(path) }
      #expect(error?.description == "cannot read '\(path)': \(reason)")
      #expect(error?.kind == .missingInput)
      #expect(!FeatureSource(path).isComplete)
    }
  }

  @Test(
    arguments: [
      ([], "an empty file"),
      ([1, 2, 3, 4, 5, 6, 7, 8, 9], "a file that begins with 01 02 03 04 05 06 07 08"),
      ([7, 8], "a file that begins with 07 08"),
      (
        Array("PAR1....".utf8),
        "a Parquet file: save its columns with numpy.savez (pandas.read_parquet reads it)"
      ),
      (
        Array("MATLAB 5.0 MAT-file, Platform: posix".utf8),
        "a MATLAB 5 file (.mat): save its arrays with numpy.savez (scipy.io.loadmat reads it)"
      ),
      (
        Array(repeating: 0, count: 257) + Array("ustar\u{0}00".utf8),
        "a tar archive: unpack it and name a file in it"
      ),
      (
        Array("<!DOCTYPE html><title>Sign in</title>".utf8),
        "a web page (HTML): the download went wrong and a web page was saved in its place; fetch it again"
      ),
      (
        Array("version https://git-lfs.github.com/spec/v1\n".utf8),
        "a Git LFS pointer: the data itself is elsewhere; 'git lfs pull' brings it"
      ),
      (Array("h0,h1,label\n0.5,1,cat\n".utf8), "text: save features and labels with numpy.savez"),
    ] as [([UInt8], String)])
  func whatIsNoFeatureFileIsRefused(bytes: [UInt8], message: String) {
    let path = folder.write(bytes, to: "a.h5")
    let error = #expect(throws: ArrayFileError.self) { try FeatureSet(path) }
    #expect(
      error?.description
        == "\(path): expected HDF5, NumPy, safetensors, a PyTorch archive or ONNX, found \(message)"
    )
    #expect(!FeatureSource(path).isComplete)
  }

  @Test func aFileCutAnywhereIsRefused() throws {
    let bytes = try whole()
    #expect(FeatureSource(folder("whole.h5")).isComplete)
    for length in [48, 49, 64, 500, 2000, bytes.count / 2, bytes.count - 1] {
      let path = folder.write(Array(bytes[..<length]), to: "cut.h5")
      let error = #expect(throws: ArrayFileError.self) { try FeatureSet(path) }
      #expect(
        error?.description
          == "\(path): truncated or still being written: \(bytes.count) bytes expected, found "
          + "\(length)")
      #expect(!FeatureSource(path).isComplete)
    }
    for length in 8..<36 {
      let path = folder.write(Array(bytes[..<length]), to: "cut.h5")
      let error = #expect(throws: ArrayFileError.self) { try FeatureSet(path) }
      #expect(
        error?.description
          == "\(path), byte 0: the HDF5 superblock is cut off or of an unknown version")
    }
  }

  /// Whatever byte is wrong: an error or a value, never a crash.
  ///
  /// The heap that texts are in is spared: libhdf5 1.10 neither protects it by a checksum, as it
  /// does the headers of our files, nor checks it when it reads.
  @Test func aFileWithAWrongByteDoesNoHarm() throws {
    let bytes = try whole()
    let heap = try #require((0..<bytes.count - 4).first { bytes[$0..<$0 + 4] == [71, 67, 79, 76] })
    let metadata = bytes.count - 300 * 8 * 4 - 300 * 12
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<400 {
      var damaged = bytes
      // Most of what can go wrong is where the file describes itself.
      let place = Int.random(
        in: 0..<(Bool.random(using: &generator) ? metadata : bytes.count), using: &generator)
      if (heap..<heap + 4096).contains(place) { continue }
      damaged[place] = UInt8.random(in: 0...255, using: &generator)
      let path = folder.write(damaged, to: "damaged.h5")
      guard let file = try? FeatureSet(path) else { continue }
      for layer in file.layers { _ = try? layer.rows.floats(0..<min(300, layer.rows.rowCount)) }
      _ = try? file.labels.all()
    }
  }

  @Test func aFileCutWhileItIsOpenIsNoticed() throws {
    let bytes = try whole()
    let file = try FeatureSet(folder("whole.h5"))
    // In place, unlike our own writers: the same file becomes shorter.
    #expect(truncate(folder("whole.h5"), 4096) == 0)
    #expect(throws: FileError.self) { try file.layers[0].rows.floats(0..<300) }
    #expect(bytes.count > 4096)
  }
}
