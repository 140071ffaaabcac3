// The arrays begin at vector boundaries and are padded to them, so the loops below have no
// remainder: ranges are multiples of 16 floats.

private typealias Vector = SIMD16<Float>
private typealias Floats = UnsafeMutablePointer<Float>

@inline(__always)
private func load(_ pointer: Floats, _ index: Int) -> Vector {
  UnsafeRawPointer(pointer + index).load(as: Vector.self)
}

@inline(__always)
private func store(_ value: Vector, _ pointer: Floats, _ index: Int) {
  UnsafeMutableRawPointer(pointer + index).storeBytes(of: value, as: Vector.self)
}

/// Σ x² of a run of floats, in double precision.
func sumOfSquares(_ values: UnsafeMutablePointer<Float>, _ range: Range<Int>) -> Double {
  var sum = SIMD16<Double>.zero
  for index in stride(from: range.lowerBound, to: range.upperBound, by: 16) {
    let wide = SIMD16<Double>(load(values, index))
    sum += wide * wide
  }
  return sum.sum()
}

/// Stochastic gradient descent on a run of floats with one decay coefficient.
struct SGDKernel {
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

/// Adam on a run of floats with one decay coefficient.
struct AdamKernel {
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
