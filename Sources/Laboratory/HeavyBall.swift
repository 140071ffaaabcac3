public import CollapseCore

/// Gradient descent with momentum, v ← μv − η∇, θ ← θ + v, over the whole objective.
public struct HeavyBall: Sendable, Hashable {
  public var learningRate: Double
  public var momentum: Double
  public var steps: Int
  /// Descent ends where the largest magnitude of the gradient's elements is no larger.
  public var gradientTolerance: Double

  public init(
    learningRate: Double = 0.5, momentum: Double = 0.9, steps: Int,
    gradientTolerance: Double = 0
  ) {
    self.learningRate = learningRate
    self.momentum = momentum
    self.steps = steps
    self.gradientTolerance = gradientTolerance
  }

  /// - Parameter onStep: is told of the step, from 1, and of the point and the value before it.
  public func minimize(
    _ function: some SmoothFunction, from start: [Double], interruption: Interruption? = nil,
    onStep: (_ step: Int, _ point: [Double], _ value: Double) throws -> Void = { _, _, _ in }
  ) throws -> Minimum {
    var point = start
    var velocity = [Double](repeating: 0, count: start.count)
    var gradient = velocity
    var value = function.value(at: point, gradient: &gradient)
    var taken = 0
    while taken < steps, gradient.largestMagnitude > gradientTolerance, value.isFinite {
      if taken.isMultiple(of: 64) { try interruption?.check() }
      taken += 1
      try onStep(taken, point, value)
      let (rate, momentum) = (learningRate, momentum)
      gradient.withUnsafeBufferPointer { gradient in
        velocity.withUnsafeMutableBufferPointer { velocity in
          point.withUnsafeMutableBufferPointer { point in
            for index in 0..<point.count {
              velocity[index] = momentum * velocity[index] - rate * gradient[index]
              point[index] += velocity[index]
            }
          }
        }
      }
      value = function.value(at: point, gradient: &gradient)
    }
    let norm = gradient.largestMagnitude
    return Minimum(
      point: point, value: value, gradientNorm: norm, steps: taken,
      isConverged: norm <= gradientTolerance)
  }
}
