public import CollapseCore

/// A data set made from a seed: a description that can be stored, and how to make it.
///
/// The same description makes the same samples, bit for bit, whatever the number of threads.
/// A new kind is one file that conforms and one line in ``SyntheticDescription/kinds``.
public protocol SyntheticDataset: Codable, Hashable, Sendable {
  associatedtype Samples: LabeledSamples

  /// What stands under `kind:` in a configuration.
  static var kind: String { get }

  var seed: UInt64 { get }

  /// Makes both splits; they share the definition (cones, teacher, means) and no draw.
  ///
  /// - Throws: ``DatasetError`` of kind `.usage` when a field is out of its range.
  func generate(threads: Int) throws -> (train: Samples, test: Samples)
}

extension SyntheticDataset {
  /// Throws an error about `field` unless `condition` holds.
  func require(
    _ condition: Bool, _ field: String, _ problem: @autoclosure () -> String
  ) throws(DatasetError) {
    guard condition else {
      throw DatasetError(
        file: Self.kind, location: field, problem: problem(), kind: .usage)
    }
  }

  /// Checks what every kind has: at least two classes, at least one sample per class and split,
  /// and a size that fits in memory.
  func requireSizes(
    classCount: Int, trainPerClass: Int, testPerClass: Int, valuesPerSample: Int
  ) throws(DatasetError) {
    try require(classCount >= 2, "classCount", "expected at least 2, found \(classCount)")
    for (field, count) in [("trainPerClass", trainPerClass), ("testPerClass", testPerClass)] {
      try require(count >= 1, field, "expected at least 1, found \(count)")
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
