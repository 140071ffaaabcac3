public import CollapseCore
import FoundationEssentials

/// Which synthetic data set, with its parameters: `kind`, then that kind's fields.
///
/// In YAML: `{kind: glyphs, trainPerClass: 500, seed: 7}`. A field left out has its default; a
/// field the kind does not have is refused by name.
public struct SyntheticDescription: Choice {
  public static let noun = "synthetic data set"

  /// Every kind there is.
  public static let kinds: [any NamedKind.Type] = [
    ConicHull.self,
    RandomTeacher.self,
    GaussianMixture.self,
    Glyphs.self,
    FreeFeatures.self,
    TwoMoons.self,
    SkipGram.self,
  ]

  /// The kind's parameters.
  public let dataset: any SyntheticDataset

  /// The description of a data set by its kind and parameters.
  public init(_ dataset: any SyntheticDataset) { self.dataset = dataset }

  public init(_ value: any NamedKind, at path: [String]) {
    dataset = value as! any SyntheticDataset  // one of `kinds`
  }

  public var value: any NamedKind { dataset }

  /// The kind called `kind` with its default parameters.
  ///
  /// - Throws: ``DatasetError`` of kind `.usage` when there is none.
  public init(kind: String) throws {
    guard
      let type = Self.kinds.first(where: { $0.kind == kind }) as? any SyntheticDataset.Type
    else {
      throw DatasetError(
        file: kind, problem: "no synthetic data set of this name; there are \(Self.kindNames)",
        kind: .usage)
    }
    self.init(type.init())
  }

  /// `conic-hull`, `glyphs`, ….
  public var kind: String { type(of: dataset).kind }

  /// What everything random of the data set follows from.
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

  private static var kindNames: String { kinds.map { $0.kind }.joined(separator: ", ") }
}
