import Arrays
import CollapseCore
import FeatureStore
import TestSupport
import Testing

/// Files of h5py, read by us.
@Suite struct H5pyTests {
  static let expected = (0..<H5pyFiles.rows).flatMap { row in
    (0..<H5pyFiles.columns).map { H5pyFiles.value(row, $0) }
  }
  static let labels = (0..<H5pyFiles.rows).map { Int64($0 % 3) }

  /// Reads all rows in both precisions, and some rows from the middle.
  func check(_ rows: any RowBlocks, _ expected: [Double], _ precision: RowPrecision) throws {
    #expect(rows.rowCount == H5pyFiles.rows)
    #expect(rows.precision == precision)
    #expect(try rows.doubles(0..<rows.rowCount) == expected)
    let middle = 11..<38
    let slice = expected[
      middle.lowerBound * rows.columnCount..<middle.upperBound * rows.columnCount]
    #expect(try rows.doubles(middle) == Array(slice))
    if precision == .float32 {
      #expect(try rows.floats(0..<rows.rowCount) == expected.map { Float($0) })
      #expect(try rows.floats(middle) == slice.map { Float($0) })
    }
  }

  @Test(arguments: ["<f2", ">f2", "<f4", ">f4", "<f8", ">f8"])
  func floatsOfAnyWidthAndOrder(type: String) throws {
    let file = try FeatureSet(try H5pyFiles.path("type \(type)"))
    try check(file.layers[0].rows, Self.expected, type.hasSuffix("f8") ? .float64 : .float32)
    #expect(file.layers.map(\.name) == ["features"])
    #expect(file.classifier == nil)
    #expect(file.sampleIndices == nil)
    #expect(file.metadata == FeatureMetadata())
  }

  @Test(arguments: [
    ("i1", 0.0, RowPrecision.float32), ("<i2", 0, .float32), (">i2", 0, .float32),
    ("<i4", 0, .float64), (">i4", 0, .float64), ("<i8", 0, .float64), (">i8", 0, .float64),
    ("u1", 30, .float32), ("<u4", 30, .float64), (">u8", 30, .float64),
  ])
  func integersAsFeatures(type: String, offset: Double, precision: RowPrecision) throws {
    let file = try FeatureSet(try H5pyFiles.path("type \(type)"))
    try check(file.layers[0].rows, Self.expected.map { $0 * 4 + offset }, precision)
  }

  @Test(arguments: [
    "chunks of rows", "growing", "chunks of columns", "chosen by h5py", "gzip", "gzip shuffle",
    "checksums", "user block", "latest", "latest growing", "big-endian gzip", "lzf", "lzf shuffle",
  ])
  func everyLayout(name: String) throws {
    let file = try FeatureSet(try H5pyFiles.path("layout \(name)"))
    try check(
      file.layers[0].rows, Self.expected, name.hasPrefix("big-endian") ? .float64 : .float32)
    #expect(try file.labels.all() == Self.labels)
  }

  @Test(arguments: [("bfloat16", true), ("bfloat16 big-endian", true), ("bfloat16 marked", false)])
  func bfloat16(name: String, isStated: Bool) throws {
    var options = FeatureFileOptions()
    if isStated { options.uint16Meaning = .bfloat16 }
    let file = try FeatureSet(try H5pyFiles.path(name), options: options)
    try check(file.layers[0].rows, Self.expected, .float32)
  }

  @Test func mapsAreFlattenedOrPooledWhenAsked() throws {
    let path = try H5pyFiles.path("maps")
    var options = FeatureFileOptions()
    options.reduction = .flatten
    try check(try FeatureSet(path, options: options).layers[0].rows, Self.expected, .float64)
    (options.reduction, options.featureAxis) = (.pool, 1)
    let pooled = try FeatureSet(path, options: options).layers[0].rows
    #expect(pooled.columnCount == 2)
    let means = stride(from: 0, to: Self.expected.count, by: 3).map { start -> Double in
      let channel: ArraySlice<Double> = Self.expected[start..<start + 3]
      return channel.reduce(0, +) / 3
    }
    try check(pooled, means, .float64)
  }

  @Test(arguments: [
    "i1", "u1", "<i2", ">i2", "<i4", ">i4", "<u4", "<i8", ">u8", "<f4", ">f8", "one-hot float",
    "one-hot bool", "one-hot int", "column",
  ])
  func labelsOfAnyKind(name: String) throws {
    #expect(try FeatureSet(try H5pyFiles.path("labels \(name)")).labels.all() == Self.labels)
  }

  @Test func attributesOfAnyKind() throws {
    let path = try H5pyFiles.path("attributes")
    let file = try FeatureSet(path)
    var expected = FeatureMetadata()
    expected.facts.dataset = "digits é"
    expected.split = "test"
    expected.classNames = ["a", "b", "é"]
    expected.facts.network = "mlp "
    expected.epoch = 7
    expected.facts.seed = .max - 1
    expected.facts.weightDecay = 5e-4
    expected.facts.normalization = Normalization(hidden: .all, last: false)
    expected.trainLoss = 0.125
    expected.trainAccuracy = 1
    #expect(file.metadata == expected)
    #expect(
      file.warnings == ["\(path): 'dataset_sha256' is of an unexpected type: left out"])
    let fixed = try FeatureSet(try H5pyFiles.path("attributes fixed"))
    #expect(fixed.metadata.classNames == ["a", "bc", ""])
  }

  @Test func layersAreFoundInTheOrderOfTheirNumbers() throws {
    let file = try FeatureSet(try H5pyFiles.path("layers"))
    #expect(file.layers.map(\.name) == ["block1", "block2", "block10"])
    #expect(try file.layers[1].rows.doubles(0..<50) == Self.expected.map { $0 + 2 })
    #expect(file.classifier?.weights.elements == (0..<18).map { Double($0) })
    #expect(file.classifier?.bias == [0, 1, 2])
  }

  /// W acts on the last layer: chosen without it, a hidden one has no classifier, whatever its width.
  @Test func aHiddenLayerHasNoClassifier() throws {
    let path = try H5pyFiles.path("layers")
    var options = FeatureFileOptions()
    options.features = ["layers/block2"]
    let hidden = try FeatureSet(path, options: options)
    #expect(hidden.layers.map(\.name) == ["block2"])
    #expect(hidden.classifier == nil)
    for last in [["features"], ["/layers/block10"], ["layers/block1", "layers/block10"]] {
      options.features = last
      let set = try FeatureSet(path, options: options)
      #expect(set.layers.last?.classifier != nil)
      #expect(set.layers.dropLast().allSatisfy { $0.classifier == nil })
    }
    // The classifier of another file is for the last layer as well.
    options.features = ["layers/block2"]
    options.classifierFile = path
    let error = #expect(throws: ArrayFileError.self) { try FeatureSet(path, options: options) }
    #expect(
      error?.description == "\(path): a classifier for 'block2', which is not the last layer of "
        + "'\(path)': W acts on the last")
    // Who names both says what acts on what.
    options.classifierFile = nil
    options.weights = "classifier/weight"
    #expect(try FeatureSet(path, options: options).classifier?.bias == [0, 1, 2])
  }

  @Test func chunksOfLZFAreUnpackedWhole() throws {
    let rows = try FeatureSet(try H5pyFiles.path("layout lzf large")).layers[0].rows
    #expect(rows.rowCount == 10_000)
    #expect(try rows.doubles(9_950..<10_000) == Self.expected)
    #expect(try rows.doubles(3_950..<4_050) == Self.expected + Self.expected)
  }

  @Test(arguments: ["labels text", "labels text fixed"])
  func textsAreLabelsInAlphabeticalOrder(name: String) throws {
    let set = try FeatureSet(try H5pyFiles.path(name))
    #expect(set.metadata.classNames == ["cat", "dög", "owl"])
    #expect(set.areClassesFromLabels)
    // The file's order is owl, cat, dög.
    #expect(try set.labels.all() == Self.labels.map { [2, 0, 1][Int($0)] })
    #expect(
      set.notes == [
        "\(set.name): labels are texts: their 3 classes are numbered in alphabetical order"
      ])
  }

  @Test func statedNamesNumberTheTexts() throws {
    let set = try FeatureSet(try H5pyFiles.path("labels text stated"))
    #expect(try set.labels.all() == Self.labels)
    #expect(set.metadata.classNames == ["owl", "cat", "dög"])
    #expect(!set.areClassesFromLabels)
  }

  @Test func digitsAreNumbers() throws {
    let set = try FeatureSet(try H5pyFiles.path("labels text numbers"))
    #expect(try set.labels.all() == Self.labels)
    #expect(set.metadata.classNames == nil)
    #expect(set.notes == ["\(set.name): labels are numbers written as text"])
  }

  @Test func usualNamesAreFoundAndSaid() throws {
    let set = try FeatureSet(try H5pyFiles.path("usual names"))
    try check(set.layers[0].rows, Self.expected, .float32)
    #expect(set.layers.map(\.name) == ["X"])
    #expect(try set.labels.all() == Self.labels)
    #expect(set.classifier?.bias == [1, 1, 1])
    #expect(
      set.notes == [
        "\(set.name): taken by their names: features 'X', labels 'y', W '/fc.weight', b '/fc.bias'"
      ])
  }

  @Test func valuesInDatasetsAreMetadata() throws {
    let set = try FeatureSet(try H5pyFiles.path("single values"))
    #expect(set.metadata.epoch == 7)
    #expect(set.metadata.split == "test")
    #expect(set.metadata.classNames == ["a", "b", "c"])
    #expect(try FeatureSet(try H5pyFiles.path("type <f4")).metadata.epoch == nil)
  }

  @Test func datasetsElsewhereAreRead() throws {
    var options = FeatureFileOptions()
    options.features = ["/a/h"]
    options.labels = "a/t"
    options.weights = "kernel"
    options.weightsAreTransposed = true
    options.bias = "b"
    let file = try FeatureSet(try H5pyFiles.path("elsewhere"), options: options)
    try check(file.layers[0].rows, Self.expected, .float32)
    #expect(try file.labels.all() == Self.labels)
    #expect(file.classifier?.weights[1, 4] == 13)  // kernel[4, 1]
    #expect(file.classifier?.bias == [0, 1, 2])
  }

  @Test func labelsMayBeAbsentWhenThatIsSaid() throws {
    var options = FeatureFileOptions()
    options.requiresLabels = false
    let file = try FeatureSet(try H5pyFiles.path("unlabelled"), options: options)
    #expect(try file.labels.all() == Array(repeating: 0, count: 50))
  }
}
