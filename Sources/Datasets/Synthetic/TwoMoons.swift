public import CollapseCore

/// Two half circles in the plane, laid so that the first coordinate alone tells them apart.
///
/// Points of two interleaved arcs of unit radius, evenly spaced, with N(0, `noise`²) on each
/// coordinate. The first coordinate, across the arcs, is measured from its mean and given its class's
/// sign, and each class is moved by `margin` away from the other: above 0 its sign decides; below 0
/// points of both classes share a strip, and there only the second coordinate, along the arcs, helps.
/// A network trained with a margin above 0 and tested below 0 shows what it learned besides.
///
/// The points of class 0 come first.
///
/// Source: Pezeshki et al., "Gradient Starvation", 2020 (arXiv 2011.09468), figure 1.
public struct TwoMoons: SyntheticDataset {
  public static let summary = "two half circles that one coordinate tells apart"
  public static let kind = "two-moons"

  /// Δ: how far each class is moved away from the other.
  public var margin = 0.1
  /// Δ of the test points; absent: that of the training points.
  public var testMargin: Double?
  /// The deviation of each coordinate.
  public var noise = 0.1
  public var trainPerClass = 150
  public var testPerClass = 500
  public var seed: UInt64 = 0

  public init() {}

  public func generate(threads: Int) throws -> (train: LabeledPoints, test: LabeledPoints) {
    try requireSizes(
      classCount: 2, trainPerClass: trainPerClass, testPerClass: testPerClass, valuesPerSample: 2)
    func split(_ name: String, _ perClass: Int, _ margin: Double) -> LabeledPoints {
      var random = SeededGenerator(seed: seed, stream: name)
      let points = MoonPoints(count: 2 * perClass, noise: noise, margin: margin, &random)
      return LabeledPoints(
        dimension: 2, coordinates: points.inputs.elements.map { Float($0) },
        labels: points.signs.map { $0 < 0 ? 0 : 1 }, classNames: ClassNames.decimal(2))
    }
    return (
      split("train", trainPerClass, margin), split("test", testPerClass, testMargin ?? margin)
    )
  }
}

extension TwoMoons {
  public static var fields: [Field<TwoMoons>] {
    [
      Field("margin", \.margin, "How far each class is moved away from the other."),
      Field(
        "testMargin", \.testMargin, "The same for the points of the test split.",
        absence: "that of training points"),
      Field("noise", \.noise, "The deviation of each coordinate.", range: .notNegative),
    ] + sizeFields
  }
}
