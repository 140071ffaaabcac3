import Networks

extension SGD: SteppingRule {
  func update(
    _ values: UnsafeMutablePointer<Float>, _ gradients: UnsafeMutablePointer<Float>,
    moments: [UnsafeMutablePointer<Float>], _ range: Range<Int>, _ step: OptimizerStep
  ) {
    let kernel = SGDKernel(
      learningRate: Float(step.learningRate), momentum: Float(momentum), decay: step.decay,
      shrink: step.shrink, gradientScale: step.gradientScale)
    if moments.isEmpty {
      kernel.plain(values, gradients, range)
    } else if nesterov {
      kernel.nesterov(values, gradients, moments[0], range)
    } else {
      kernel.heavyBall(values, gradients, moments[0], range)
    }
  }
}

/// Stochastic gradient descent on a run of floats with one decay coefficient.
private struct SGDKernel {
  let learningRate: Float
  let momentum: Float
  /// Added to the gradient, times the parameter.
  let decay: Float
  /// Multiplies the parameter beside the step.
  let shrink: Float
  let gradientScale: Float

  func plain(
    _ values: UnsafeMutablePointer<Float>, _ gradients: UnsafeMutablePointer<Float>,
    _ range: Range<Int>
  ) {
    for index in stride(from: range.lowerBound, to: range.upperBound, by: 16) {
      let value = load(values, index)
      let gradient = load(gradients, index) * gradientScale + value * decay
      store(value * shrink - gradient * learningRate, values, index)
    }
  }

  func heavyBall(
    _ values: UnsafeMutablePointer<Float>, _ gradients: UnsafeMutablePointer<Float>,
    _ velocities: UnsafeMutablePointer<Float>, _ range: Range<Int>
  ) {
    for index in stride(from: range.lowerBound, to: range.upperBound, by: 16) {
      let value = load(values, index)
      let gradient = load(gradients, index) * gradientScale + value * decay
      let velocity = load(velocities, index) * momentum + gradient
      store(velocity, velocities, index)
      store(value * shrink - velocity * learningRate, values, index)
    }
  }

  func nesterov(
    _ values: UnsafeMutablePointer<Float>, _ gradients: UnsafeMutablePointer<Float>,
    _ velocities: UnsafeMutablePointer<Float>, _ range: Range<Int>
  ) {
    for index in stride(from: range.lowerBound, to: range.upperBound, by: 16) {
      let value = load(values, index)
      let gradient = load(gradients, index) * gradientScale + value * decay
      let velocity = load(velocities, index) * momentum + gradient
      store(velocity, velocities, index)
      store(value * shrink - (gradient + velocity * momentum) * learningRate, values, index)
    }
  }
}
