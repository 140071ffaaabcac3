public import CollapseCore

/// Turns maps into vectors, channel after channel.
public struct Flatten: Layer {
  public static let kind = "flatten"

  /// The layer, which has no options.
  public init() {}

  public func outputShape(for input: Shape) throws -> Shape { [input.elementCount] }
}

extension Flatten {
  public static let summary = "maps become vectors"
  public static var standard: Flatten { Flatten() }

  public static var fields: [Field<Flatten>] {
    []
  }
}
