public import CollapseCore

/// Points of R^d labelled by the nearest of C random polyhedral cones.
///
/// Cone c is K_c = { Σ_j a_j g_cj : a_j ≥ 0 }, its m generators g_cj independent and uniform on the
/// unit sphere. A point x ~ N(0, I_d) has the label argmin_c min_{a ≥ 0} ‖x − G_c a‖, the cone that
/// leaves the least non-negative-least-squares residual. The label does not change when x is
/// scaled by a positive number, and is not linear in x.
///
/// Points for which the two least residuals differ by less than `margin` · ‖x‖ are passed over:
/// within a tie (x in two cones, or in the polar of all) a label would say nothing. Classes are
/// balanced exactly, by passing over points of full classes.
public struct ConicHull: SyntheticDataset {
  public static let summary = "points labelled by the nearest of C random cones"
  public static let kind = "conic-hull"

  /// C, the number of cones.
  public var classCount = 4
  /// d.
  public var dimension = 16
  /// m, at most d: more would let a cone be the whole space.
  public var generatorsPerClass = 4
  /// The least relative gap between the two least residuals.
  public var margin = 1e-6
  public var trainPerClass = 1000
  public var testPerClass = 250
  public var seed: UInt64 = 0

  public init() {}

  public func generate(threads: Int) throws -> (train: LabeledPoints, test: LabeledPoints) {
    try check()
    let cones = cones
    let label = { @Sendable [margin] (point: [Double]) -> Int? in
      Self.label(point, cones: cones, margin: margin)
    }
    func split(_ name: String, _ perClass: Int) throws -> LabeledPoints {
      try BalancedPoints(
        source: Self.kind, classCount: classCount, perClass: perClass, dimension: dimension
      ).draw(from: SeededGenerator(seed: seed, stream: name), threads: threads, label: label)
    }
    return (try split("train", trainPerClass), try split("test", testPerClass))
  }

  /// The generators of each cone, one per row.
  package var generators: [Matrix] {
    var random = SeededGenerator(seed: seed, stream: "cones")
    return (0..<classCount).map { _ in
      let rows = (0..<generatorsPerClass).flatMap { _ in
        let direction = (0..<dimension).map { _ in random.normal() }
        let norm = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return direction.map { $0 / norm }
      }
      return Matrix(rows: generatorsPerClass, columns: dimension, elements: rows)
    }
  }

  private var cones: [NonNegativeLeastSquares] {
    generators.map(NonNegativeLeastSquares.init(generators:))
  }

  private static func label(
    _ point: [Double], cones: [NonNegativeLeastSquares], margin: Double
  ) -> Int? {
    let norm = point.reduce(0) { $0 + $1 * $1 }.squareRoot()
    var nearest = 0
    var least = Double.infinity
    var second = Double.infinity
    for (index, cone) in cones.enumerated() {
      let residual = cone.project(point).residual
      if residual < least {
        (second, least, nearest) = (least, residual, index)
      } else {
        second = min(second, residual)
      }
    }
    return second - least > margin * norm ? nearest : nil
  }

  private func check() throws(DatasetError) {
    try requireSizes(
      classCount: classCount, trainPerClass: trainPerClass, testPerClass: testPerClass,
      valuesPerSample: dimension)
    try require(
      generatorsPerClass <= dimension, "generatorsPerClass",
      "expected at most the dimension, \(dimension), found \(generatorsPerClass)")
    try requireSizes(
      classCount: classCount, trainPerClass: generatorsPerClass, testPerClass: generatorsPerClass,
      valuesPerSample: dimension)
  }
}

extension ConicHull {
  public static var fields: [Field<ConicHull>] {
    [
      Field("classCount", \.classCount, "The number of classes.", range: .atLeast(2)),
      Field("dimension", \.dimension, "Numbers per sample.", range: .atLeast(2)),
      Field(
        "generatorsPerClass", \.generatorsPerClass,
        "Generators of each cone, at most as many as dimensions.", range: .atLeast(1)),
      Field(
        "margin", \.margin,
        "The least relative gap between the distances to the nearest two cones.",
        range: .halfOpen(0..<1)),
    ] + sizeFields
  }
}
