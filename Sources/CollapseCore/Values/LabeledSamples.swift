/// N samples of one shape, each with a class label.
public protocol LabeledSamples: Sendable {
  /// The shape of one sample: `[channels, height, width]` for images, `[d]` for points.
  var sampleShape: Shape { get }
  /// One label per sample, each in `0..<classNames.count`.
  var labels: [Int32] { get set }
  /// The name of each class; its position is the class's label.
  var classNames: [String] { get }

  /// The samples at `indices`, in that order, with the same class names. Indices may repeat.
  func selecting(_ indices: [Int]) -> Self

  /// The same samples under other labels and class names.
  ///
  /// - Precondition: one label per sample, each in `0..<classNames.count`.
  func relabeled(_ labels: [Int32], classNames: [String]) -> Self

  /// Writes samples as floats, one after another, each `sampleShape.elementCount` long.
  ///
  /// - Precondition: `buffer.count == indices.count * sampleShape.elementCount`.
  /// - Throws: where samples are read as they are asked for, what keeps them from being read.
  func copy(_ indices: some Collection<Int>, into buffer: UnsafeMutableBufferPointer<Float>) throws
}

extension LabeledSamples {
  /// Number of samples.
  public var count: Int { labels.count }

  /// Number of classes, C, those without a sample included.
  public var classCount: Int { classNames.count }

  /// Samples per class, indexed by label.
  public var countsPerClass: [Int] {
    var counts = Array(repeating: 0, count: classCount)
    for label in labels { counts[Int(label)] += 1 }
    return counts
  }
}
