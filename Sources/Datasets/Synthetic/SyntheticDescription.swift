public import CollapseCore
import FoundationEssentials

/// Which synthetic data set, with its parameters: `kind`, then that kind's fields.
///
/// In YAML: `{kind: glyphs, trainPerClass: 500, seed: 7}`. A field left out has its default; a
/// field the kind does not have is refused by name.
public struct SyntheticDescription: Codable, Hashable, Sendable {
  /// Every kind there is.
  public static let kinds: [any SyntheticDataset.Type] = [
    ConicHull.self,
    RandomTeacher.self,
    GaussianMixture.self,
    Glyphs.self,
  ]

  /// The kind's parameters.
  public let dataset: any SyntheticDataset

  public init(_ dataset: any SyntheticDataset) { self.dataset = dataset }

  /// The kind called `kind` with its default parameters.
  ///
  /// - Throws: ``DatasetError`` of kind `.usage` when there is none.
  public init(kind: String) throws {
    guard let type = Self.kinds.first(where: { $0.kind == kind }) else {
      throw DatasetError(
        file: kind, problem: "no synthetic data set of this name; there are \(Self.kindNames)",
        kind: .usage)
    }
    // Every field has a default, so an object without fields describes the defaults.
    self.init(try JSONDecoder().decode(type, from: Data("{}".utf8)))
  }

  /// `conic-hull`, `glyphs`, ….
  public var kind: String { type(of: dataset).kind }

  public var seed: UInt64 { dataset.seed }

  /// Makes the training and the test split.
  ///
  /// - Parameter threads: how many threads to use, all cores when `nil`; the samples do not depend on it.
  /// - Throws: ``DatasetError`` of kind `.usage` when a field is out of its range, or when a
  ///   class cannot be filled.
  public func generate(
    threads: Int? = nil
  ) throws -> (train: any LabeledSamples, test: any LabeledSamples) {
    try dataset.erasedSplits(
      threads: threads ?? Processors.count)
  }

  private enum CodingKeys: String, CodingKey { case kind }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let kind = try container.decode(String.self, forKey: .kind)
    guard let type = Self.kinds.first(where: { $0.kind == kind }) else {
      throw DecodingError.dataCorruptedError(
        forKey: .kind, in: container,
        debugDescription: "no synthetic data set '\(kind)'; there are \(Self.kindNames)")
    }
    dataset = try type.init(from: decoder)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(kind, forKey: .kind)
    try dataset.encode(to: encoder)
  }

  public static func == (one: SyntheticDescription, other: SyntheticDescription) -> Bool {
    AnyHashable(one.dataset) == AnyHashable(other.dataset)
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(AnyHashable(dataset)) }

  private static var kindNames: String { kinds.map { $0.kind }.joined(separator: ", ") }
}
