import CollapseCore
import Files
import Synchronization

/// Images that are a file each, PNG or JPEG: every header is read when they are opened, every image
/// straight to its place when it is asked for.
struct ImageFiles: ImageSource {
  /// A file of at most so many bytes is read whole with its header and kept until it is decoded:
  /// opening it once more takes as long as decoding a small image.
  private static let largestKept = 1 << 16
  /// The most bytes of files that are kept; those beyond are read twice.
  private static let keptByteCount = 256 << 20
  /// Files one task opens.
  private static let filesPerTask = 64

  /// A file whose header has been read.
  struct Opened: Sendable {
    let path: String
    let header: ImageHeader
    /// The whole file, where it is kept.
    let bytes: [UInt8]?
  }

  let files: [Opened]
  let geometry: ImageGeometry
  let sampleShape: Shape

  /// Reads the header of each file, or learns why it cannot.
  static func open(
    _ paths: [String], threads: Int, kept: borrowing Atomic<Int>
  ) throws -> [Result<Opened, any Error>] {
    try Parallel.map((paths.count + filesPerTask - 1) / filesPerTask, threads: threads) { task in
      (task * filesPerTask..<min(paths.count, (task + 1) * filesPerTask)).map { index in
        Result { try open(paths[index], kept) }
      }
    }.flatMap { $0 }
  }

  private static func open(_ path: String, _ kept: borrowing Atomic<Int>) throws -> Opened {
    let isRoomLeft = kept.load(ordering: .relaxed) < keptByteCount
    let (start, fileSize) = try FileContents.prefix(path, count: ImageHeader.byteCount)
    let header = try ImageHeader(start, fileSize: fileSize, file: path) {
      try FileContents.read(path)
    }
    guard isRoomLeft, start.count == fileSize, fileSize <= largestKept else {
      return Opened(path: path, header: header, bytes: nil)
    }
    kept.add(fileSize, ordering: .relaxed)
    return Opened(path: path, header: header, bytes: start)
  }

  func decode(
    _ positions: ArraySlice<Int>, into pixels: UnsafeMutableBufferPointer<UInt8>,
    onFile: ((_ position: Int, _ bytes: [UInt8]) -> Void)?
  ) throws {
    let size = sampleShape.elementCount
    var decoder = ImageFileDecoder(geometry, channels: sampleShape[0])
    for (index, position) in zip(0..., positions) {
      let bytes = try decoder.decode(
        files[position],
        into: UnsafeMutableBufferPointer(rebasing: pixels[index * size..<(index + 1) * size]))
      onFile?(position, bytes)
    }
  }

  func faults(threads: Int) throws -> [ImageFault] {
    let size = sampleShape.elementCount
    let perTask = Self.filesPerTask
    return try Parallel.map((files.count + perTask - 1) / perTask, threads: threads) { task in
      var decoder = ImageFileDecoder(geometry, channels: sampleShape[0])
      var pixels = [UInt8](repeating: 0, count: size)
      var faults: [ImageFault] = []
      for position in task * perTask..<min(files.count, (task + 1) * perTask) {
        do {
          try pixels.withUnsafeMutableBufferPointer { pixels in
            _ = try decoder.decode(files[position], into: pixels)
          }
        } catch {
          faults.append(ImageFault(position: position, error: error))
        }
      }
      return faults
    }.flatMap { $0 }
  }
}
