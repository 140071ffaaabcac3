import LibC
import Networks

extension Adam: SteppingRule {}
extension AdamW: SteppingRule {}

extension AdamMoments {
  func update(
    _ values: UnsafeMutablePointer<Float>, _ gradients: UnsafeMutablePointer<Float>,
    moments: [UnsafeMutablePointer<Float>], _ range: Range<Int>, _ step: OptimizerStep
  ) {
    let correction1 = 1 - pow(beta1, Double(step.count))
    let correction2 = 1 - pow(beta2, Double(step.count))
    let kernel = AdamKernel(
      stepSize: Float(step.learningRate / correction1), beta1: Float(beta1), beta2: Float(beta2),
      rootCorrection: Float(1 / correction2.squareRoot()), epsilon: Float(epsilon),
      decay: step.decay, shrink: step.shrink, gradientScale: step.gradientScale)
    kernel(values, gradients, moments[0], moments[1], range)
  }
}

/// Adam on a run of floats with one decay coefficient.
private struct AdamKernel {
  /// η / (1 − β₁^t).
  let stepSize: Float
  let beta1: Float
  let beta2: Float
  /// 1 / √(1 − β₂^t).
  let rootCorrection: Float
  let epsilon: Float
  let decay: Float
  let shrink: Float
  let gradientScale: Float

  func callAsFunction(
    _ values: UnsafeMutablePointer<Float>, _ gradients: UnsafeMutablePointer<Float>,
    _ first: UnsafeMutablePointer<Float>, _ second: UnsafeMutablePointer<Float>,
    _ range: Range<Int>
  ) {
    for index in stride(from: range.lowerBound, to: range.upperBound, by: 16) {
      let value = load(values, index)
      let gradient = load(gradients, index) * gradientScale + value * decay
      let mean = load(first, index) * beta1 + gradient * (1 - beta1)
      let square = load(second, index) * beta2 + gradient * gradient * (1 - beta2)
      store(mean, first, index)
      store(square, second, index)
      let size = square.squareRoot() * rootCorrection + epsilon
      store(value * shrink - mean * stepSize / size, values, index)
    }
  }
}
