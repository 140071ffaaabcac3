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

  /// Where a descent stands: its point, and the moments of the gradients that led there.
  public struct State: Sendable, Hashable {
    public fileprivate(set) var point: [Double]
    /// Steps taken so far.
    public fileprivate(set) var steps = 0
    fileprivate var first: [Double]
    fileprivate var second: [Double]
    fileprivate var (firstPower, secondPower) = (1.0, 1.0)

    /// One that has taken no step.
    public init(from start: [Double]) {
      point = start
      first = [Double](repeating: 0, count: start.count)
      second = first
    }
  }

  public func minimize(
    _ function: some SmoothFunction, from start: [Double], interruption: Interruption? = nil
  ) throws -> Minimum {
    var state = State(from: start)
    return try advance(&state, on: function, interruption: interruption)
  }

  /// Goes on from `state` for as many steps as there are, with the moments it has: where the function
  /// is another than before, what was large in its gradients still holds the steps back.
  ///
  /// - Parameter onStep: is told after each step how many were taken in all, and of the point and the
  ///   value there.
  /// - Returns: the minimum so far, with the steps of `state` in all.
  public func advance(
    _ state: inout State, on function: some SmoothFunction, interruption: Interruption? = nil,
    onStep: (_ step: Int, _ point: [Double], _ value: Double) throws -> Void = { _, _, _ in }
  ) throws -> Minimum {
    var gradient = [Double](repeating: 0, count: state.point.count)
    var value = function.value(at: state.point, gradient: &gradient)
    let end = state.steps + steps
    while state.steps < end, value.isFinite {
      // Steps on many samples are slow.
      if state.steps.isMultiple(of: 8) { try interruption?.check() }
      state.take(gradient, rate: learningRate)
      value = function.value(at: state.point, gradient: &gradient)
      try onStep(state.steps, state.point, value)
    }
    return Minimum(
      point: state.point, value: value, gradientNorm: gradient.largestMagnitude,
      steps: state.steps, isConverged: false)
  }
}

extension AdamDescent.State {
  fileprivate mutating func take(_ gradient: [Double], rate: Double) {
    steps += 1
    firstPower *= 0.9
    secondPower *= 0.999
    for index in point.indices {
      first[index] += 0.1 * (gradient[index] - first[index])
      second[index] += 0.001 * (gradient[index] * gradient[index] - second[index])
      let root = (second[index] / (1 - secondPower)).squareRoot()
      point[index] -= rate * first[index] / (1 - firstPower) / (root + 1e-8)
    }
  }
}
