public import CollapseCore

/// An affine map y = W x + b of vectors; W is outputs × inputs.
public struct Dense: Layer {
  public static let kind = "dense"
  public static let part = BlockPart.weights

  /// Rows of W; positive.
  public var outputs: Int
  /// Whether b is trained; else there is none.
  public var bias: Bool

  /// A layer for inputs of any width, which the network around it decides.
  public init(outputs: Int, bias: Bool = true) {
    self.outputs = outputs
    self.bias = bias
  }

  public func outputShape(for input: Shape) throws -> Shape {
    guard input.rank == 1 else { throw refuse(input, "it takes vectors; flatten comes before it") }
    guard outputs > 0 else { throw refuse(input, "it needs at least one output") }
    return [outputs]
  }

  public func parameters(input: Shape) -> [LayerParameter] {
    let inputs = input[0]
    let weight = LayerParameter(
      "weight", [outputs, inputs], .weight, fanIn: inputs, fanOut: outputs)
    let shift = LayerParameter("bias", [outputs], .bias, fanIn: inputs, fanOut: outputs)
    return bias ? [weight, shift] : [weight]
  }

  public func operationCount(input: Shape, output: Shape) -> Int {
    .cappedProduct(of: 2, input.elementCount, output.elementCount)
  }
}

extension Dense {
  public static let summary = "y = W x + b"
  public static var standard: Dense { Dense(outputs: 1) }

  public static var fields: [Field<Dense>] {
    [
      Field(
        "outputs", \.outputs, "Numbers it puts out.", range: .positive,
        isRequired: true),
      Field("bias", \.bias, "Whether it adds a bias."),
    ]
  }
}
