import Arrays
import CollapseCore
import FeatureStore
import Files
import LibC
import TestSupport
import Testing

/// Writers that are stopped: by a signal at any moment, or by a disk that takes no more.
@Suite struct InterruptedWriterTests {
  let folder = TemporaryFolder()

  /// A file in which everything is `number`: whoever reads parts of two files sees it.
  static func write(_ number: Int, to path: String) throws {
    var metadata = FeatureMetadata()
    metadata.epoch = number
    let writer = try FeatureFileWriter(
      path, rowCount: nil, layers: [("fc1", 64), ("fc2", 64)], metadata: metadata)
    let block = [Float](repeating: Float(number), count: 64 * 256)
    for _ in 0..<4 {
      try writer.append([block, block], labels: Array(repeating: Int32(number), count: 256))
    }
    try writer.finish()
  }

  /// Thirty processes replace a file over and over, and are killed after 0...60 ms: half of them
  /// counted from their start, half from the first whole file.
  @Test func aKilledWriterLeavesAWholeFileOrNone() async throws {
    var generator = SeededGenerator(seed: 3)
    var whole = 0
    for round in 0..<30 {
      let delay = UInt32.random(in: 0..<60_000, using: &generator)
      let path = folder("\(round).h5")
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [path = path as String, delay = delay as UInt32, late = !round.isMultiple(of: 2) as Bool] in
        if late { try InterruptedWriterTests.write(0, to: path) }
        var thread = pthread_t()
        let argument = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)
        argument.pointee = delay
        pthread_create(
          &thread, nil,
          { argument in
            usleep(argument!.assumingMemoryBound(to: UInt32.self).pointee)
            kill(getpid(), SIGKILL)
            return nil
          }, argument)
        for number in 1... { try InterruptedWriterTests.write(number, to: path) }
      }
      guard folder.names.contains("\(round).h5") else {
        #expect(round.isMultiple(of: 2))
        continue
      }
      whole += 1
      let file = try FeatureSet(path)
      let number = try #require(file.metadata.epoch)
      for layer in file.layers {
        #expect(try layer.rows.floats(0..<1024).allSatisfy { $0 == Float(number) })
      }
      #expect(try file.labels.all() == Array(repeating: Int64(number), count: 1024))
    }
    #expect(folder.names.allSatisfy { $0.hasSuffix(".h5") || AtomicFile.isTemporary($0) })
    #expect(whole >= 15)
  }

  @Test func aFullDiskLeavesNothing() async {
    await #expect(processExitsWith: .success) { [path = folder("a.h5") as String] in
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 200_000, rlim_max: 200_000)
      setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      let error = #expect(throws: ArrayFileError.self) {
        try InterruptedWriterTests.write(1, to: path)
      }
      #expect(error?.kind == .cannotWrite)
      #expect(
        error?.description.hasPrefix("\(path): HDF5 could not write it to the disk: ") == true)
      var tensors = NamedTensors()
      tensors["w"] = Tensor(shape: [100_000], values: Array(repeating: 1, count: 100_000))
      let second = #expect(throws: ArrayFileError.self) {
        try CheckpointFile.write(tensors, to: path)
      }
      #expect(second?.kind == .cannotWrite)
    }
    #expect(folder.names == [])
  }

  @Test func aFolderThatIsNotThereIsNamed() {
    let path = folder("no/a.h5")
    let error = #expect(throws: FileError.self) {
      try FeatureFileWriter(path, rowCount: nil, layers: [("fc", 2)])
    }
    #expect(
      error?.description == "cannot write '\(path)': the folder '\(folder("no"))' does not exist")
    #expect(error?.kind == .cannotWrite)
  }

  @Test func rowsThatDoNotComeAreMissed() throws {
    let path = folder("a.h5")
    let writer = try FeatureFileWriter(path, rowCount: 3, layers: [("fc", 2)])
    try writer.append([[1, 2, 3, 4]], labels: [0, 1])
    let error = #expect(throws: ArrayFileError.self) {
      try writer.append([[1, 2, 3, 4]], labels: [0, 1])
    }
    #expect(error?.description == "\(path): 4 rows come, 3 were declared")
    let second = #expect(throws: ArrayFileError.self) { try writer.finish() }
    #expect(second?.description == "\(path): 2 rows came, 3 were declared")
    #expect(!folder.names.contains("a.h5"))
  }

  @Test(
    arguments: [
      ([("", 1)], "'' cannot be the name of a layer"),
      ([("a/b", 1)], "'a/b' cannot be the name of a layer"),
      ([("a", 1), ("a", 2)], "two layers are called 'a'"),
      ([("a", 0)], "layer 'a' has dimension 0"),
      ([], "no layers to write"),
    ] as [([(String, Int)], String)])
  func layersUnfitForAFileAreRefused(layers: [(String, Int)], message: String) {
    let error = #expect(throws: ArrayFileError.self) {
      try FeatureFileWriter(
        folder("a.h5"), rowCount: nil, layers: layers.map { (name: $0.0, dimension: $0.1) })
    }
    #expect(error?.description == "\(folder("a.h5")): \(message)")
    #expect(error?.kind == .usage)
    #expect(folder.names == [])
  }
}
