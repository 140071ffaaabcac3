public import CollapseCore
public import Datasets

/// Where one split of a data set comes from: exactly one of `path`, `name` and `synthetic`.
public struct SampleSource: Sendable, Hashable {
  /// A file or folder in any format that is read, docs/data-sets.md; or HDF5 images.
  public var path: String?
  /// A data set of the catalog, fetched with `collapse fetch`.
  public var name: String?
  /// Samples made from a description and a seed.
  public var synthetic: SyntheticDescription?
  /// Which split of the source: `train`, `test`; the fitting one when left out.
  public var split: String?
  /// For CIFAR-100: `fine` or `coarse` labels.
  public var labels: LabelKind?
  /// Whether images are stored with rows and columns exchanged, as EMNIST's are.
  public var transposed: Bool?
  /// Height and width that all images are brought to.
  public var resize: ImageSize?
  /// Instead of `resize`: what the shorter side is brought to, the longer one in proportion.
  public var shorterSide: Int?
  /// What is then cut out of the middle.
  public var crop: ImageSize?
  /// How class folders are numbered; in natural order where left out.
  public var classOrder: ClassOrder?
  /// Whether files that cannot be read are left out instead of refused.
  public var leaveOutBadFiles: Bool?

  public init(
    path: String? = nil, name: String? = nil, synthetic: SyntheticDescription? = nil,
    split: String? = nil, labels: LabelKind? = nil, transposed: Bool? = nil,
    resize: ImageSize? = nil, shorterSide: Int? = nil, crop: ImageSize? = nil,
    classOrder: ClassOrder? = nil, leaveOutBadFiles: Bool? = nil
  ) {
    self.path = path
    self.name = name
    self.synthetic = synthetic
    self.split = split
    self.labels = labels
    self.transposed = transposed
    self.resize = resize
    self.shorterSide = shorterSide
    self.crop = crop
    self.classOrder = classOrder
    self.leaveOutBadFiles = leaveOutBadFiles
  }
}

extension SampleSource: Configurable {
  public static var standard: SampleSource { SampleSource() }

  public static var fields: [Field<SampleSource>] {
    [
      Field("path", \.path, "A file or folder in any format of docs/data-sets.md."),
      Field(
        "name", \.name, "A data set of the catalog, fetched with 'collapse fetch'.",
        words: Catalog.entries.map(\.name)),
      Field("synthetic", \.synthetic, "Samples made from a description and a seed."),
      Field(
        "split", \.split, "Which split of the source.", absence: "the one of the same name"),
      Field(
        "labels", \.labels, "For CIFAR-100: fine or coarse labels.",
        standard: LabelKind.fine),
      Field(
        "transposed", \.transposed, "Whether images are stored with rows and columns exchanged.",
        absence: "as the catalog says, else false"),
      Field(
        "resize", \.resize, "The size that all images are brought to.", absence: "as they are"),
      Field(
        "shorterSide", \.shorterSide,
        "The pixels that the shorter side of all images is brought to.", range: .closed(1...65_536),
        absence: "as they are"),
      Field(
        "crop", \.crop, "The size of the middle of each image that is taken.", absence: "all of it"),
      Field(
        "classOrder", \.classOrder, "How the classes of a folder of images are numbered.",
        absence: "in natural order"),
      Field(
        "leaveOutBadFiles", \.leaveOutBadFiles,
        "Whether files that cannot be decoded are left out and counted.", standard: false),
    ]
  }

  public func settle(_ stated: StatedFields) throws(ConfigurationFault) {
    let given = [path != nil, name != nil, synthetic != nil].filter { $0 }.count
    guard given == 1 else {
      throw stated.fault("expected one of path, name and synthetic, found \(given)")
    }
  }
}

extension SampleSource {
  /// What it is called in tables and messages.
  var title: String { name ?? path ?? synthetic?.kind ?? "" }

  /// Whether images are resampled, which the keys of stages have to know.
  var isResampled: Bool { resize != nil || shorterSide != nil }

  /// What it says of how files are read, over `options`.
  func applied(to options: ReadingOptions) -> ReadingOptions {
    var options = options
    if let labels { options.labelKind = labels }
    if let transposed { options.transposed = transposed }
    if let resize { options.geometry.resize = .exactly(resize) }
    if let shorterSide { options.geometry.resize = .shorterSide(shorterSide) }
    if let crop { options.geometry.crop = crop }
    if let classOrder { options.classOrder = classOrder }
    if let leaveOutBadFiles { options.leavesOutBadFiles = leaveOutBadFiles }
    return options
  }
}

/// The data of a training: its splits, and how they are shaped.
///
/// ```yaml
/// dataset: { name: mnist, shaping: { perClass: 500 } }
/// dataset:
///   train: { path: data/sample/idx }
///   test: { path: data/sample/png }
/// ```
public struct DatasetConfiguration: Sendable, Hashable {
  public var train: SampleSource
  /// The test split; where left out, that of the training source if it has one.
  public var test: SampleSource?
  /// More sets that the network is tested on after each epoch, each under its name.
  public var testSets: [TestSetConfiguration]?
  /// How the training split is shaped; what `Shaping.forEvaluation` keeps of it holds for the test
  /// split too. Without a normalization, that of the training split is computed.
  public var shaping: Shaping?

  public init(
    train: SampleSource, test: SampleSource? = nil, testSets: [TestSetConfiguration]? = nil,
    shaping: Shaping? = nil
  ) {
    self.train = train
    self.test = test
    self.testSets = testSets
    self.shaping = shaping
  }

  /// The names of all splits that it may have.
  var splitNames: [String] { ["train", "test"] + (testSets ?? []).map(\.name) }
}

extension DatasetConfiguration: Configurable {
  public static var standard: DatasetConfiguration { DatasetConfiguration(train: .standard) }

  /// Without a key `train`, the mapping itself is the source of both splits.
  public static var fields: [Field<DatasetConfiguration>] {
    [
      Field(
        "train", \.train, "Where the training samples come from.",
        absence: "the source written here itself"),
      Field(
        "test", \.test, "Where the test samples come from.",
        absence: "the training source's own test split"),
      Field(
        "testSets", \.testSets, "More sets to test on, each under a name.", absence: "none"),
      Field(
        "shaping", \.shaping, "Which samples are taken, and in which form.",
        absence: "all, as they are"),
    ] + SampleSource.fields.map { $0.lifted(to: \.train, isWritten: false) }
  }

  public func settle(_ stated: StatedFields) throws(ConfigurationFault) {
    let names = (testSets ?? []).map(\.name)
    for (index, name) in names.enumerated() where names[..<index].contains(name) {
      throw stated.fault("testSets", "two of them are called '\(name)'")
    }
    guard stated.contains("train") else { return try train.settle(stated) }
    if let field = SampleSource.fields.first(where: { stated.contains($0.name) }) {
      throw stated.fault(field.name, "goes inside of 'train', or stands without it")
    }
  }
}
