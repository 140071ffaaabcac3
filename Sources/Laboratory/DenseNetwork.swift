public import CollapseCore

/// A chain of dense layers with one activation between them,
///
///     f(x) = c (W_L σ(… σ(W_1 x + b_1) …) + b_L),
///
/// and where its parameters stand in one vector: W_1, b_1, …, W_L, b_L, weights by rows of outputs.
public struct DenseNetwork: Sendable, Hashable {
  public enum Activation: String, Sendable, CaseIterable {
    case identity, relu, tanh, softplus
    /// u².
    case square
  }

  struct Layer: Sendable, Hashable {
    let inputs: Int
    let outputs: Int
    let weights: Range<Int>
    /// Empty where there are none.
    let bias: Range<Int>
  }

  /// Of the inputs, of every hidden layer and of the outputs.
  public let widths: [Int]
  public let activation: Activation
  public let hasBias: Bool
  /// c.
  public let outputFactor: Double
  let layers: [Layer]

  /// - Precondition: two widths at least, all positive.
  public init(
    widths: [Int], activation: Activation, bias hasBias: Bool = true, outputFactor: Double = 1
  ) {
    precondition(widths.count > 1 && widths.allSatisfy { $0 > 0 })
    self.widths = widths
    self.activation = activation
    self.hasBias = hasBias
    self.outputFactor = outputFactor
    var start = 0
    layers = zip(widths, widths.dropFirst()).map { inputs, outputs in
      let weights = start..<start + inputs * outputs
      let bias = weights.upperBound..<weights.upperBound + (hasBias ? outputs : 0)
      start = bias.upperBound
      return Layer(inputs: inputs, outputs: outputs, weights: weights, bias: bias)
    }
  }

  /// P.
  public var parameterCount: Int { layers.last!.bias.upperBound }
  public var inputCount: Int { widths[0] }
  public var outputCount: Int { widths.last! }
  /// Where the weights of each layer stand.
  public var weightRanges: [Range<Int>] { layers.map(\.weights) }

  /// Weights and biases from the uniform distribution within ±1/√(inputs), as PyTorch draws them.
  public func uniformStart(_ generator: inout SeededGenerator) -> [Double] {
    layers.flatMap { layer -> [Double] in
      let limit = 1 / Double(layer.inputs).squareRoot()
      return (0..<layer.weights.count + layer.bias.count).map { _ in
        limit * (2 * generator.uniform() - 1)
      }
    }
  }

  /// Weights from the normal distribution of variance `gain`²/(inputs), biases 0.
  public func normalStart(gain: Double = 1, _ generator: inout SeededGenerator) -> [Double] {
    layers.flatMap { layer -> [Double] in
      let deviation = gain / Double(layer.inputs).squareRoot()
      return (0..<layer.weights.count).map { _ in deviation * generator.normal() }
        + layer.bias.map { _ in 0 }
    }
  }

  /// Weights from the uniform distribution within ±√(6 / (inputs + outputs)), biases 0.
  ///
  /// Source: Glorot & Bengio, AISTATS 2010.
  public func glorotStart(_ generator: inout SeededGenerator) -> [Double] {
    layers.flatMap { layer -> [Double] in
      let limit = (6 / Double(layer.inputs + layer.outputs)).squareRoot()
      return (0..<layer.weights.count).map { _ in limit * (2 * generator.uniform() - 1) }
        + layer.bias.map { _ in 0 }
    }
  }
}
