public import CollapseCore

/// max(x, 0), taken over by the layer before it where that layer can.
public struct ReLU: Layer {
  public static let kind = "relu"
  public static let part = BlockPart.activation

  /// The layer, which has no options.
  public init() {}

  public func outputShape(for input: Shape) throws -> Shape { input }
}

extension ReLU {
  public static let summary = "max(x, 0)"
  public static var standard: ReLU { ReLU() }

  public static var fields: [Field<ReLU>] {
    []
  }
}
