import CollapseCore
import FeatureStore
import Files
import TestSupport
import Testing

@Suite struct FeatureFileTests {
  let folder = TemporaryFolder()

  /// Rows whose elements tell where they stand: row + column/1000, exact in float32 after rounding.
  static func block(_ rows: Range<Int>, _ dimension: Int) -> [Float] {
    rows.flatMap { row in (0..<dimension).map { Float(row) + Float($0) / 1024 } }
  }

  static let metadata: FeatureMetadata = {
    var metadata = FeatureMetadata()
    metadata.createdBy = "collapse test"
    metadata.facts.dataset = "digits"
    metadata.split = "train"
    metadata.classNames = ["zéro", "one", ""]
    metadata.facts.network = "mlp"
    metadata.epoch = 7
    metadata.facts.seed = .max - 1
    metadata.facts.weightDecay = 5e-4
    metadata.facts.normalization = Normalization(hidden: .last, last: false)
    metadata.facts.options["training.optimizer.kind"] = .word("adam")
    metadata.facts.loss = "cross_entropy"
    metadata.trainLoss = 0.25
    metadata.trainAccuracy = 1
    metadata.datasetSHA256 = "ab12"
    metadata.description = "{\"layers\": []}"
    return metadata
  }()

  static let classifier = LinearClassifier(
    weights: Matrix(rows: 3, columns: 4, elements: (0..<12).map { Double($0) / 10 }),
    bias: [0.5, -0.25, 0.1])

  /// Writes 100 rows of two layers in blocks of different sizes.
  func write(_ name: String, rowCount: Int?) throws -> String {
    let path = folder(name)
    let writer = try FeatureFileWriter(
      path, rowCount: rowCount, layers: [("block10", 3), ("block2", 4)],
      metadata: Self.metadata, classifier: Self.classifier)
    for rows in [0..<40, 40..<41, 41..<100] {
      try writer.append(
        [Self.block(rows, 3), Self.block(rows, 4)], labels: rows.map { Int32($0 % 3) },
        sampleIndices: rows.map { Int64(99 - $0) })
    }
    #expect(!folder.names.contains(name))
    try writer.finish()
    #expect(folder.names.contains(name))
    #expect(!folder.names.contains { AtomicFile.isTemporary($0) })
    return path
  }

  /// Numbers of a network that was trusted against the evidence say so wherever they are measured.
  @Test func whatSpeaksAgainstTheNetworkIsAWarning() throws {
    let path = folder("a.h5")
    var metadata = FeatureMetadata()
    metadata.doubt = "bn1: moments off by 3.2"
    metadata.preprocessing = "{}"
    let writer = try FeatureFileWriter(
      path, rowCount: 2, layers: [("last", 3)], metadata: metadata, classifier: nil)
    try writer.append([Self.block(0..<2, 3)], labels: [0, 1])
    try writer.finish()
    let file = try FeatureSet(path)
    #expect(file.metadata == metadata)
    #expect(
      file.warnings == [
        "\(path): the network was trusted although it does not fit: bn1: moments off by 3.2"
      ])
  }

  @Test(arguments: [100, nil]) func whatIsWrittenIsRead(rowCount: Int?) throws {
    let file = try FeatureSet(try write("a.h5", rowCount: rowCount))
    #expect(file.layers.map(\.name) == ["block10", "block2"])
    #expect(file.layers.map(\.rows.columnCount) == [3, 4])
    #expect(file.metadata == Self.metadata)
    #expect(file.warnings.isEmpty)
    #expect(file.classifier == Self.classifier)
    for layer in file.layers {
      #expect(layer.rows.rowCount == 100)
      #expect(layer.rows.precision == .float32)
      #expect(try layer.rows.floats(17..<60) == Self.block(17..<60, layer.rows.columnCount))
      #expect(
        try layer.rows.doubles(0..<100)
          == Self.block(0..<100, layer.rows.columnCount).map(Double.init))
    }
    #expect(try file.labels.all() == (0..<100).map { Int64($0 % 3) })
    #expect(try #require(file.sampleIndices).all() == (0..<100).reversed().map { Int64($0) })
  }

  @Test func theSameContentIsTheSameBytes() throws {
    let first = try FileContents.read(try write("a.h5", rowCount: 100))
    let second = try FileContents.read(try write("b.h5", rowCount: 100))
    #expect(first == second)
  }

  @Test func aDroppedWriterLeavesNothing() throws {
    do {
      let writer = try FeatureFileWriter(folder("a.h5"), rowCount: nil, layers: [("fc", 2)])
      try writer.append([[1, 2]], labels: [0])
    }
    #expect(folder.names == [])
  }

  @Test func severalThreadsReadAtOnce() throws {
    let rows = try FeatureSet(try write("a.h5", rowCount: 100)).layers[1].rows
    let read = try Parallel.map(100, threads: 4) { try rows.floats($0..<100) }
    for (start, values) in read.enumerated() { #expect(values == Self.block(start..<100, 4)) }
  }
}
