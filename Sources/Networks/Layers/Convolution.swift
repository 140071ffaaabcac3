public import CollapseCore

/// A convolution of maps (a correlation, as everywhere in the field):
/// y[o, p] = b[o] + Σ_{i, k} W[o, i, k] x[i, p·stride + k − padding].
public struct Convolution: Layer {
  public static let kind = "convolution"
  public static let part = BlockPart.weights

  /// Channels of the output.
  public var outputs: Int
  /// Size, step and padding of the kernel.
  public var window: Window
  /// Whether b is trained; else there is none.
  public var bias: Bool

  /// A layer for inputs of any number of channels, which the network around it decides.
  public init(outputs: Int, window: Window, bias: Bool = true) {
    self.outputs = outputs
    self.window = window
    self.bias = bias
  }

  public func outputShape(for input: Shape) throws -> Shape {
    guard input.rank == 3 else { throw refuse(input, "it takes maps") }
    guard outputs > 0 else { throw refuse(input, "it needs at least one output") }
    guard let places = window.places(on: input) else {
      throw refuse(input, "its kernel of \(Shape(window.kernel)) finds no place on the map")
    }
    return Shape([outputs] + places)
  }

  public func parameters(input: Shape) -> [LayerParameter] {
    let fanIn = Int.cappedProduct(of: input[0], window.area)
    let fanOut = Int.cappedProduct(of: outputs, window.area)
    let weight = LayerParameter(
      "weight", Shape([outputs, input[0]] + window.kernel), .weight, fanIn: fanIn, fanOut: fanOut)
    let shift = LayerParameter("bias", [outputs], .bias, fanIn: fanIn, fanOut: fanOut)
    return bias ? [weight, shift] : [weight]
  }

  public func operationCount(input: Shape, output: Shape) -> Int {
    .cappedProduct(of: 2, output.elementCount, input[0], window.area)
  }
}

extension Convolution {
  public static let summary = "a convolution of maps"
  public static var standard: Convolution { Convolution(outputs: 1, window: .standard) }

  public static var fields: [Field<Convolution>] {
    [
      Field(
        "outputs", \.outputs, "Channels it puts out.", range: .positive,
        isRequired: true),
      Field("window", \.window, "Where the kernel is laid on the map.", isRequired: true),
      Field("bias", \.bias, "Whether it adds a bias."),
    ]
  }
}
