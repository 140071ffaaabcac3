public import Datasets

/// Where one split of a data set comes from: exactly one of `path`, `name` and `synthetic`.
public struct SampleSource: Sendable, Hashable, Codable {
  /// A file or folder: IDX, CIFAR binary, PNG folders, or HDF5 images.
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

  public init(
    path: String? = nil, name: String? = nil, synthetic: SyntheticDescription? = nil,
    split: String? = nil, labels: LabelKind? = nil, transposed: Bool? = nil,
    resize: ImageSize? = nil
  ) {
    self.path = path
    self.name = name
    self.synthetic = synthetic
    self.split = split
    self.labels = labels
    self.transposed = transposed
    self.resize = resize
  }

  private enum CodingKeys: CodingKey {
    case path, name, synthetic, split, labels, transposed, resize
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
