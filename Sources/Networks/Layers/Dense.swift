public import CollapseCore

/// An affine map y = W x + b of vectors; W is outputs × inputs.
public struct Dense: Layer {
  public static let kind = "dense"
  public static let part = BlockPart.weights

  /// Rows of W; positive.
  public var outputs: Int
  /// Whether b is trained; else there is none.
  public var bias: Bool
  /// What W is, where it is not trained.
  public var frame: FixedFrame?

  /// A layer for inputs of any width, which the network around it decides.
  public init(outputs: Int, bias: Bool = true, frame: FixedFrame? = nil) {
    self.outputs = outputs
    self.bias = bias
    self.frame = frame
  }

  public func outputShape(for input: Shape) throws -> Shape {
    guard input.rank == 1 else { throw refuse(input, "it takes vectors; flatten comes before it") }
    guard outputs > 0 else { throw refuse(input, "it needs at least one output") }
    if frame != nil, outputs < 2 || input[0] < outputs - 1 {
      throw refuse(
        input,
        "a fixed frame has two rows or more, and no fewer inputs than rows less one; it has "
          + "\(outputs) rows")
    }
    return [outputs]
  }

  public func parameters(input: Shape) -> [LayerParameter] {
    let inputs = input[0]
    let weight = LayerParameter(
      "weight", [outputs, inputs], .weight, fanIn: inputs, fanOut: outputs,
      fixedValues: frame?.rows(classes: outputs, dimension: inputs))
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
      Field(
        "frame", \.frame, "The simplex that W is and stays, not trained and without decay.",
        absence: "W is trained"),
    ]
  }
}
