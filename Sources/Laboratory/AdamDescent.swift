public import CollapseCore

/// Adam over the whole objective, with β of 0.9 and 0.999 and ε = 1e−8.
///
/// Source: Kingma & Ba, arXiv 1412.6980.
public struct AdamDescent: Sendable, Hashable {
  public var learningRate: Double
  public var steps: Int

  public init(learningRate: Double, steps: Int) {
    self.learningRate = learningRate
    self.steps = steps
  }

  public func minimize(
    _ function: some SmoothFunction, from start: [Double], interruption: Interruption? = nil
  ) throws -> Minimum {
    var point = start
    var gradient = [Double](repeating: 0, count: start.count)
    var (first, second) = (gradient, gradient)
    var (firstPower, secondPower) = (1.0, 1.0)
    var value = function.value(at: point, gradient: &gradient)
    var taken = 0
    while taken < steps, value.isFinite {
      if taken.isMultiple(of: 64) { try interruption?.check() }
      taken += 1
      firstPower *= 0.9
      secondPower *= 0.999
      for index in point.indices {
        first[index] += 0.1 * (gradient[index] - first[index])
        second[index] += 0.001 * (gradient[index] * gradient[index] - second[index])
        let root = (second[index] / (1 - secondPower)).squareRoot()
        point[index] -= learningRate * first[index] / (1 - firstPower) / (root + 1e-8)
      }
      value = function.value(at: point, gradient: &gradient)
    }
    return Minimum(
      point: point, value: value, gradientNorm: gradient.largestMagnitude, steps: taken,
      isConverged: false)
  }
}
