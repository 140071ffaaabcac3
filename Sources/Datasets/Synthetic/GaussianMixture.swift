public import CollapseCore

/// Points of R^d around C means, with isotropic noise: x = μ_y + ε, ε ~ N(0, I_d).
///
/// The means have the length s = `signalToNoise` (in units of the noise's deviation per
/// coordinate) and a random orientation:
/// - `simplex`: an equiangular tight frame, cos(μ_c, μ_c') = −1/(C−1), in a random (C−1)-dimensional
///   subspace; distances s √(2C/(C−1)). This is the geometry of neural collapse itself.
/// - `orthogonal`: an orthogonal frame; distances s √2.
///
/// The best classifier picks the nearest mean. Its error depends on s and C and not on d; for two
/// classes and the simplex it is Φ(−s), with Φ the normal distribution function.
/// Labels go round, 0, 1, …, C−1, 0, 1, …, so every multiple of C first samples is balanced.
public struct GaussianMixture: SyntheticDataset {
  public static let summary = "points around C means"
  public static let kind = "gaussian-mixture"

  /// How the class means stand to each other.
  public enum Frame: String, FieldValue, CaseIterable {
    /// Equiangular, with cosines −1/(C−1); needs d ≥ C − 1.
    case simplex
    /// At right angles; needs d ≥ C.
    case orthogonal
  }

  /// C.
  public var classCount = 4
  /// d.
  public var dimension = 16
  /// s, the length of each class mean over the deviation of the noise.
  public var signalToNoise = 4.0
  /// How the class means stand to each other.
  public var frame = Frame.simplex
  public var trainPerClass = 1000
  public var testPerClass = 250
  public var seed: UInt64 = 0

  public init() {}

  public func generate(threads: Int) throws -> (train: LabeledPoints, test: LabeledPoints) {
    try check()
    let means = means
    func split(_ name: String, _ perClass: Int) -> LabeledPoints {
      var noise = SeededGenerator(seed: seed, stream: name)
      let labels = (0..<classCount * perClass).map { Int32($0 % classCount) }
      var coordinates: [Float] = []
      coordinates.reserveCapacity(labels.count * dimension)
      for label in labels {
        for mean in means.row(Int(label)) { coordinates.append(Float(mean + noise.normal())) }
      }
      return LabeledPoints(
        dimension: dimension, coordinates: coordinates, labels: labels,
        classNames: ClassNames.decimal(classCount))
    }
    return (split("train", trainPerClass), split("test", testPerClass))
  }

  /// The class means, C × d.
  package var means: Matrix {
    switch frame {
    case .orthogonal:
      let axes = orthonormalAxes(classCount)
      return Matrix(
        rows: classCount, columns: dimension, elements: axes.joined().map { $0 * signalToNoise })
    case .simplex:
      // Helmert's contrasts: C−1 orthonormal rows that are orthogonal to (1, …, 1). Their columns,
      // scaled to unit length, are the corners of a regular simplex in C−1 dimensions.
      let axes = orthonormalAxes(classCount - 1)
      let scale = signalToNoise * (Double(classCount) / Double(classCount - 1)).squareRoot()
      var means = Matrix(rows: classCount, columns: dimension)
      for (index, axis) in axes.enumerated() {
        let order = Double(index + 1)
        let unit = scale / (order * (order + 1)).squareRoot()
        for label in 0...index + 1 {
          let weight = label <= index ? unit : -order * unit
          for column in 0..<dimension { means[label, column] += weight * axis[column] }
        }
      }
      return means
    }
  }

  /// The first vectors of a random orthonormal basis: normal draws, orthogonalized twice.
  private func orthonormalAxes(_ count: Int) -> [[Double]] {
    var random = SeededGenerator(seed: seed, stream: "means")
    var axes: [[Double]] = []
    for _ in 0..<count {
      var axis = (0..<dimension).map { _ in random.normal() }
      for _ in 0..<2 {
        for earlier in axes {
          let product = zip(axis, earlier).reduce(0) { $0 + $1.0 * $1.1 }
          for column in axis.indices { axis[column] -= product * earlier[column] }
        }
      }
      let norm = axis.reduce(0) { $0 + $1 * $1 }.squareRoot()
      axes.append(axis.map { $0 / norm })
    }
    return axes
  }

  private func check() throws(DatasetError) {
    try requireSizes(
      classCount: classCount, trainPerClass: trainPerClass, testPerClass: testPerClass,
      valuesPerSample: max(dimension, 1))
    let needed = frame == .simplex ? classCount - 1 : classCount
    try require(
      dimension >= needed, "dimension",
      "expected at least \(needed) for \(classCount) classes in the \(frame) frame, "
        + "found \(dimension)")
  }
}

extension GaussianMixture {
  public static var fields: [Field<GaussianMixture>] {
    [
      Field("classCount", \.classCount, "The number of classes.", range: .atLeast(2)),
      Field("dimension", \.dimension, "Numbers per sample.", range: .atLeast(1)),
      Field(
        "signalToNoise", \.signalToNoise,
        "The length of each class mean over the deviation of the noise.", range: .notNegative),
      Field("frame", \.frame, "How the class means stand to each other."),
    ] + sizeFields
  }
}
