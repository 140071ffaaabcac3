public import CollapseCore

/// max(x, 0), taken over by the layer before it where that layer can.
public struct ReLU: Layer {
  public static let kind = "relu"
  public static let part = BlockPart.activation

  public init() {}

  public func outputShape(for input: Shape) throws -> Shape { input }
}
