import Networks

/// A kind of optimizer the engine has a way to step by: one file beside this one for each.
protocol SteppingRule: OptimizerRule {
  /// Steps over a run of parameters with one decay coefficient.
  ///
  /// - Parameter moments: the arrays of ``OptimizerRule/moments``, in their order.
  func update(
    _ values: UnsafeMutablePointer<Float>, _ gradients: UnsafeMutablePointer<Float>,
    moments: [UnsafeMutablePointer<Float>], _ range: Range<Int>, _ step: OptimizerStep)
}

/// What every kind of optimizer is told of a step.
struct OptimizerStep {
  let learningRate: Double
  /// Steps taken, this one included.
  let count: Int
  /// λ that is added to the gradient, times the parameter; 0 where decay is decoupled.
  let decay: Float
  /// What a parameter is multiplied by beside the step; 1 where decay is coupled.
  let shrink: Float
  /// A factor on the gradient, 1 unless it is clipped.
  let gradientScale: Float
}
