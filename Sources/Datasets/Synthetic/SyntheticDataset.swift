public import CollapseCore

/// A data set made from a seed: a description that can be stored, and how to make it.
///
/// The same description makes the same samples, bit for bit, whatever the number of threads.
/// A new kind is one file that conforms and one line in ``SyntheticDescription/kinds``.
public protocol SyntheticDataset: NamedKind {
  /// Images or points.
  associatedtype Samples: LabeledSamples

  /// The kind with its default parameters.
  init()

  /// Training samples of each class.
  var trainPerClass: Int { get set }
  /// Test samples of each class.
  var testPerClass: Int { get set }
  /// Everything random follows from it.
  var seed: UInt64 { get set }

  /// Whether samples may be normalized, as training does where nothing else is said; `false` where
  /// they mean what they are.
  static var mayBeNormalized: Bool { get }

  /// Makes both splits; they share the definition (cones, teacher, means) and no draw.
  ///
  /// - Throws: ``DatasetError`` of kind `.usage` when a field is out of its range.
  func generate(threads: Int) throws -> (train: Samples, test: Samples)
}

extension SyntheticDataset {
  public static var standard: Self { Self() }

  public static var mayBeNormalized: Bool { true }

  /// The fields that every kind has.
  static var sizeFields: [Field<Self>] {
    [
      Field(
        "trainPerClass", \.trainPerClass, "Training samples of each class.", range: .atLeast(1)),
      Field("testPerClass", \.testPerClass, "Test samples of each class.", range: .atLeast(1)),
      Field("seed", \.seed, "Everything random follows from it."),
    ]
  }

  /// Throws an error about `field` unless `condition` holds.
  func require(
    _ condition: Bool, _ field: String, _ problem: @autoclosure () -> String
  ) throws(DatasetError) {
    guard condition else {
      throw DatasetError(
        file: Self.kind, location: field, problem: problem(), kind: .usage)
    }
  }

  /// Checks what every kind has: fields within their ranges, and a size that fits in memory.
  func requireSizes(
    classCount: Int, trainPerClass: Int, testPerClass: Int, valuesPerSample: Int
  ) throws(DatasetError) {
    if let wrong = valueOutOfRange() { try require(false, wrong.field, wrong.problem) }
    for (field, count) in [("trainPerClass", trainPerClass), ("testPerClass", testPerClass)] {
      let values = Shape.elementCount(of: [classCount, count, valuesPerSample])
      try require(
        values.map { $0 <= Self.largestValueCount } ?? false, field,
        "\(classCount) classes of \(count) samples of \(valuesPerSample) values are more than the "
          + "\(Self.largestValueCount) values a split may hold")
    }
  }

  /// 2³² values: 16 GiB of floats.
  private static var largestValueCount: Int { 1 << 32 }

  func erasedSplits(
    threads: Int
  ) throws -> (train: any LabeledSamples, test: any LabeledSamples) {
    let splits = try generate(threads: threads)
    return (splits.train, splits.test)
  }
}
