/// The plane through three class means, with coordinates in it.
///
/// The origin is the mean of the three; the first mean lies on the positive y axis and the second
/// to the left of it, so pictures of different epochs can be compared. Under perfect collapse the
/// three means are the corners of an equilateral triangle and every feature lies on its corner.
public struct ClassMeanPlane: Sendable, Hashable {
  /// The mean of the three class means.
  public let origin: [Double]
  /// Unit vectors, orthogonal to each other.
  public let xAxis: [Double]
  public let yAxis: [Double]

  /// The plane through `means`, or `nil` where they lie on one line.
  ///
  /// - Precondition: three means of the same dimension.
  public init?(means: [[Double]]) {
    precondition(means.count == 3 && Set(means.map(\.count)).count == 1)
    let origin = means[0].indices.map { (means[0][$0] + means[1][$0] + means[2][$0]) / 3 }
    let up = zip(means[0], origin).map { $0 - $1 }
    guard let yAxis = unit(up, comparedTo: up) else { return nil }
    let left = zip(means[1], origin).map { $0 - $1 }
    let overlap = dot(left, yAxis)
    let across = zip(left, yAxis).map { overlap * $1 - $0 }
    guard let xAxis = unit(across, comparedTo: left) else { return nil }
    self.origin = origin
    self.xAxis = xAxis
    self.yAxis = yAxis
  }

  /// The coordinates of the point of the plane nearest to `feature`.
  public func coordinates(of feature: some Collection<Double>) -> (x: Double, y: Double) {
    var x = 0.0
    var y = 0.0
    for (index, value) in feature.enumerated() {
      x += (value - origin[index]) * xAxis[index]
      y += (value - origin[index]) * yAxis[index]
    }
    return (x, y)
  }
}

private func dot(_ a: [Double], _ b: [Double]) -> Double {
  zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
}

/// `vector` at length one; `nil` where it vanishes against `whole` up to rounding.
private func unit(_ vector: [Double], comparedTo whole: [Double]) -> [Double]? {
  let length = dot(vector, vector).squareRoot()
  guard length > 1e-12 * dot(whole, whole).squareRoot() else { return nil }
  return vector.map { $0 / length }
}
