public import CollapseCore
import LinearAlgebra

/// A perceptron with ReLUs whose hidden layers normalize batches, and where its parameters stand in one vector:
///
///     h_l = max(γ_l (W_l h_{l−1} − μ) / √(σ² + ε) + β_l, 0),  z = W_L h_{L−1} + b,
///
/// W_1, γ_1, β_1, …, W_L, b, weights by rows of outputs. Without normalization a hidden layer has a bias β_l.
public struct NormalizedNetwork: Sendable {
  /// Which moments μ and σ² a hidden layer takes in training; running moments are zero and one at first
  /// and keep a share of each batch's.
  public enum Normalization: Sendable, Hashable {
    /// None is normalized: hidden layers have biases instead.
    case none
    /// The batch's.
    case batch
    /// The batch's, but running ones where the mean cosine between the samples of the batch is above
    /// `threshold` as they enter the normalization; these batches leave the running moments as they are.
    case substituting(threshold: Double)
    /// The batch's; those above `threshold` leave the running moments as they are.
    case skipping(threshold: Double)

    var threshold: Double? {
      switch self {
      case .none, .batch: nil
      case .substituting(let threshold), .skipping(let threshold): threshold
      }
    }
  }

  /// Which moments a pass takes.
  public enum Moments: Sendable {
    /// Those of training.
    case training
    /// The batch's.
    case batch
    /// The running ones.
    case running
  }

  struct Layer: Sendable {
    let inputs: Int
    let outputs: Int
    let weights: Range<Int>
    /// Empty where nothing is normalized.
    let scale: Range<Int>
    let shift: Range<Int>
  }

  /// Of the inputs, of every hidden layer and of the outputs.
  public let widths: [Int]
  /// Which moments hidden layers take in training.
  public let normalization: Normalization
  /// What is added to variances.
  public let epsilon = 1e-5
  /// The share of a batch's moments in the running ones.
  public let momentum: Double
  let layers: [Layer]
  let products: Products
  /// Running means of each hidden layer; without normalization they mean nothing.
  public var runningMeans: [[Double]]
  /// Running variances of each hidden layer, scaled by n/(n − 1).
  public var runningVariances: [[Double]]

  /// - Precondition: three widths at least, all positive.
  /// - Throws: `LinearAlgebraError` where OpenBLAS is missing.
  public init(widths: [Int], normalization: Normalization, momentum: Double = 0.1) throws {
    precondition(widths.count > 2 && widths.allSatisfy { $0 > 0 })
    self.widths = widths
    self.normalization = normalization
    self.momentum = momentum
    products = try Products()
    var start = 0
    func next(_ count: Int) -> Range<Int> {
      defer { start += count }
      return start..<start + count
    }
    let normalizes = normalization != .none
    layers = zip(widths, widths.dropFirst()).enumerated().map { index, sizes in
      let isHidden = index < widths.count - 2
      return Layer(
        inputs: sizes.0, outputs: sizes.1, weights: next(sizes.0 * sizes.1),
        scale: next(isHidden && normalizes ? sizes.1 : 0), shift: next(sizes.1))
    }
    let hidden = widths.dropFirst().dropLast()
    runningMeans = hidden.map { [Double](repeating: 0, count: $0) }
    runningVariances = hidden.map { [Double](repeating: 1, count: $0) }
  }

  /// Numbers in the vector of parameters.
  public var parameterCount: Int { layers.last!.shift.upperBound }
  /// Hidden layers.
  public var hiddenCount: Int { layers.count - 1 }

  /// Weights from the normal distribution of variance 2/(inputs), of the last layer 1/(inputs); γ = 1, and β
  /// and b are 0.
  public func start(_ generator: inout SeededGenerator) -> [Double] {
    layers.enumerated().flatMap { index, layer -> [Double] in
      let gain = index < hiddenCount ? 2.0 : 1
      let deviation = (gain / Double(layer.inputs)).squareRoot()
      return layer.weights.map { _ in deviation * generator.normal() }
        + layer.scale.map { _ in 1 } + layer.shift.map { _ in 0 }
    }
  }

  // MARK: - Passes

  /// What stands at each place of one pass; a row for each sample.
  public struct Pass: Sendable {
    /// What stands at a hidden layer: arrays of samples × outputs, a row for each sample.
    public struct Hidden: Sendable {
      /// What enters the normalization.
      public var entering: [Double]
      /// What it puts out; without one the same with the bias.
      public var normalized: [Double] = []
      /// What leaves the ReLU.
      public var rectified: [Double] = []
      /// Whether the batch is above the threshold, in training.
      public var isGated = false
      var takesRunning = false
      var mean: [Double] = []
      var variance: [Double] = []
      /// 1/√(σ² + ε) of the moments that were taken.
      var inverse: [Double] = []
      /// x̂.
      var standard: [Double] = []
    }
    /// The hidden layers, from the inputs on.
    public var hidden: [Hidden] = []
    /// z, samples × classes.
    public var logits: [Double] = []
    let inputs: [Double]
    let count: Int
  }

  /// What a batch becomes layer by layer.
  ///
  /// - Parameters:
  ///   - inputs: a row for each sample.
  ///   - point: the parameters, as ``start(_:)`` arranges them.
  ///   - moments: which moments hidden layers take.
  public func pass(_ inputs: Matrix, at point: [Double], by moments: Moments) -> Pass {
    precondition(inputs.columns == widths[0] && point.count == parameterCount)
    var pass = Pass(inputs: inputs.elements, count: inputs.rows)
    var values = inputs.elements
    for (index, layer) in layers.enumerated() {
      var next = [Double](repeating: 0, count: pass.count * layer.outputs)
      point.withUnsafeBufferPointer { point in
        products.multiply(
          values, point.baseAddress! + layer.weights.lowerBound, transposed: .second,
          rows: pass.count, columns: layer.outputs, depth: layer.inputs, into: &next)
      }
      guard index < hiddenCount else {
        add(point[layer.shift], to: &next)
        pass.logits = next
        break
      }
      let hidden = self.hidden(index, entering: next, at: point, by: moments)
      values = hidden.rectified
      pass.hidden.append(hidden)
    }
    return pass
  }

  private func hidden(
    _ index: Int, entering: [Double], at point: [Double], by moments: Moments
  ) -> Pass.Hidden {
    let layer = layers[index]
    let columns = layer.outputs
    var result = Pass.Hidden(entering: entering)
    result.normalized = entering
    if !layer.scale.isEmpty {
      if moments == .training, let threshold = normalization.threshold {
        result.isGated = Condensation.unbiased(entering, columns: columns) > threshold
      }
      (result.mean, result.variance) = Self.moments(entering, columns: columns)
      if case .substituting = normalization { result.takesRunning = result.isGated }
      if moments == .running { result.takesRunning = true }
      let mean = result.takesRunning ? runningMeans[index] : result.mean
      let variance = result.takesRunning ? runningVariances[index] : result.variance
      result.inverse = variance.map { 1 / ($0 + epsilon).squareRoot() }
      result.standard = entering
      let scale = point[layer.scale]
      for row in stride(from: 0, to: entering.count, by: columns) {
        for column in 0..<columns {
          let value = (entering[row + column] - mean[column]) * result.inverse[column]
          result.standard[row + column] = value
          result.normalized[row + column] = scale[scale.startIndex + column] * value
        }
      }
    }
    add(point[layer.shift], to: &result.normalized)
    result.rectified = result.normalized.map { $0 > 0 ? $0 : 0 }
    return result
  }

  private func add(_ shift: ArraySlice<Double>, to values: inout [Double]) {
    for row in stride(from: 0, to: values.count, by: shift.count) {
      for column in 0..<shift.count { values[row + column] += shift[shift.startIndex + column] }
    }
  }

  /// Mean and variance of every column, the latter divided by the number of rows.
  private static func moments(
    _ values: [Double], columns: Int
  ) -> (mean: [Double], variance: [Double]) {
    let rows = Double(values.count / columns)
    var mean = [Double](repeating: 0, count: columns)
    var variance = mean
    for row in stride(from: 0, to: values.count, by: columns) {
      for column in 0..<columns { mean[column] += values[row + column] }
    }
    for column in 0..<columns { mean[column] /= rows }
    for row in stride(from: 0, to: values.count, by: columns) {
      for column in 0..<columns {
        let distance = values[row + column] - mean[column]
        variance[column] += distance * distance
      }
    }
    for column in 0..<columns { variance[column] /= rows }
    return (mean, variance)
  }
}
