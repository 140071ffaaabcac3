public import Datasets

/// Where one split of a data set comes from: exactly one of `path`, `name` and `synthetic`.
public struct SampleSource: Sendable, Hashable, Codable {
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

  private enum CodingKeys: CodingKey {
    case path, name, synthetic, split, labels, transposed, resize, shorterSide, crop, classOrder
    case leaveOutBadFiles
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    path = try container.decodeIfPresent(String.self, forKey: .path)
    name = try container.decodeIfPresent(String.self, forKey: .name)
    synthetic = try container.decodeIfPresent(SyntheticDescription.self, forKey: .synthetic)
    split = try container.decodeIfPresent(String.self, forKey: .split)
    labels = try container.decodeIfPresent(LabelKind.self, forKey: .labels)
    transposed = try container.decodeIfPresent(Bool.self, forKey: .transposed)
    resize = try container.decodeIfPresent(ImageSize.self, forKey: .resize)
    shorterSide = try container.decodeIfPresent(Int.self, forKey: .shorterSide)
    crop = try container.decodeIfPresent(ImageSize.self, forKey: .crop)
    classOrder = try container.decodeIfPresent(ClassOrder.self, forKey: .classOrder)
    leaveOutBadFiles = try container.decodeIfPresent(Bool.self, forKey: .leaveOutBadFiles)
    if let shorterSide, shorterSide < 1 {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: container.codingPath + [CodingKeys.shorterSide],
          debugDescription: "expected at least 1 pixel, found \(shorterSide)"))
    }
    if let name {
      try WordList.require(
        name, among: Catalog.entries.map(\.name), at: container.codingPath + [CodingKeys.name])
    }
    let given = [path != nil, name != nil, synthetic != nil].filter { $0 }.count
    guard given == 1 else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: "expected one of path, name and synthetic, found \(given)"))
    }
  }
}

extension SampleSource {
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
public struct DatasetConfiguration: Sendable, Hashable, Codable {
  public var train: SampleSource
  /// The test split; where left out, that of the training source if it has one.
  public var test: SampleSource?
  /// How the training split is shaped; classes, padding and a given normalization hold for the
  /// test split too. Without a normalization, that of the training split is computed.
  public var shaping: Shaping?

  public init(
    train: SampleSource, test: SampleSource? = nil, shaping: Shaping? = nil
  ) {
    self.train = train
    self.test = test
    self.shaping = shaping
  }

  private enum CodingKeys: CodingKey { case train, test, shaping }

  /// Without a key `train`, the mapping itself is the source of both splits.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    if let train = try container.decodeIfPresent(SampleSource.self, forKey: .train) {
      self.train = train
      test = try container.decodeIfPresent(SampleSource.self, forKey: .test)
    } else {
      train = try SampleSource(from: decoder)
    }
    shaping = try container.decodeIfPresent(Shaping.self, forKey: .shaping)
  }
}
