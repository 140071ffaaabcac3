public import CollapseCore

/// Samples that are one unit vector each, of as many dimensions as there are samples: nothing about
/// them but their class.
///
/// A first layer without a bias (`embedding`, or a dense one) then holds the features themselves, one
/// column each, and the network is the unconstrained features model. Samples of a class follow each
/// other. There are no others to test on: the test split is the training split. Samples are not
/// normalized, which would mix them.
///
/// Source: Mixon, Parshall & Pi, "Neural Collapse with Unconstrained Features", 2020.
public struct FreeFeatures: SyntheticDataset {
  public static let summary = "a unit vector for each sample"
  public static let kind = "free-features"
  public static let mayBeNormalized = false

  /// K.
  public var classCount = 4
  public var trainPerClass = 5
  /// Samples of each class, in place of `classCount` and `trainPerClass`.
  public var counts: [Int]?
  // As every kind has them; nothing is drawn, and the test split is the training split.
  public var testPerClass = 5
  public var seed: UInt64 = 0

  public init() {}

  public func generate(threads: Int) throws -> (train: LabeledPoints, test: LabeledPoints) {
    if let wrong = valueOutOfRange() { try require(false, wrong.field, wrong.problem) }
    let counts = counts ?? Array(repeating: trainPerClass, count: classCount)
    let total = counts.reduce(0) { $0.addingReportingOverflow($1).partialValue }
    try require(
      counts.count >= 2 && counts.allSatisfy { (1...Self.largestCount).contains($0) }
        && total <= Self.largestCount, self.counts == nil ? "trainPerClass" : "counts",
      "expected at least two classes of at least one sample, at most \(Self.largestCount) in all, "
        + "found \(counts.count) classes of \(total)")
    var coordinates = [Float](repeating: 0, count: total * total)
    for sample in 0..<total { coordinates[sample * total + sample] = 1 }
    let samples = LabeledPoints(
      dimension: total, coordinates: coordinates,
      labels: counts.enumerated().flatMap {
        Array(repeating: Int32($0.offset), count: $0.element)
      }, classNames: ClassNames.decimal(counts.count))
    return (samples, samples)
  }

  /// N² floats for N samples: a gigabyte.
  private static let largestCount = 1 << 14
}

extension FreeFeatures {
  public static var fields: [Field<FreeFeatures>] {
    [
      Field("classCount", \.classCount, "K, the number of classes.", range: .atLeast(2)),
      Field(
        "trainPerClass", \.trainPerClass, "Training samples of each class.", range: .atLeast(1)),
      Field(
        "counts", \.counts, "Samples of each class, in place of classCount and trainPerClass.",
        range: .atLeast(1), absence: "all alike"),
    ]
  }
}
