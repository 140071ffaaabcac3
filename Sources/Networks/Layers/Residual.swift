public import CollapseCore

/// max(f(x) + g(x), 0) with f the body and g the shortcut: the identity, or layers that bring x
/// to the body's shape. Without rectification it is the sum itself, as in networks that normalize
/// and rectify before their convolutions.
///
/// Sources: He et al., "Deep Residual Learning for Image Recognition", 2016; for the sum itself
/// He et al., "Identity Mappings in Deep Residual Networks", 2016.
public struct Residual: CompositeLayer {
  public static let kind = "residual"
  public static let part = BlockPart.block

  /// f: it must give what the shortcut gives.
  public var body: [LayerDescription]
  /// g; empty for the identity.
  public var shortcut: [LayerDescription]

  /// Whether what is below zero in the sum becomes zero.
  public var rectifies: Bool

  /// - Parameters:
  ///   - shortcut: empty for the identity.
  ///   - rectifies: whether a ReLU follows the sum.
  public init(
    body: [LayerDescription], shortcut: [LayerDescription] = [], rectifies: Bool = true
  ) {
    self.body = body
    self.shortcut = shortcut
    self.rectifies = rectifies
  }

  /// The body and the shortcut.
  public var branches: [[LayerDescription]] { [body, shortcut] }

  public func outputShape(for input: Shape, joining branches: [Shape]) throws -> Shape {
    guard branches[0] == branches[1] else {
      throw refuse(input, "its body gives \(branches[0]), its shortcut \(branches[1])")
    }
    return branches[0]
  }

  public func operationCount(input: Shape, output: Shape) -> Int { output.elementCount }
}

extension Residual {
  public static let summary = "max(body(x) + shortcut(x), 0), or the sum itself"
  public static var standard: Residual { Residual(body: []) }

  public static var fields: [Field<Residual>] {
    [
      Field("body", \.body, "The layers that are added to the shortcut.", isRequired: true),
      Field(
        "shortcut", \.shortcut,
        "Layers that bring the input to the body's shape; none for the identity."),
      // Not written where it says nothing: what was written before there was a choice stands.
      Field(
        "rectifies", \.rectifies, "Whether a ReLU follows the sum.", absence: "it does",
        isWritten: { !$0.rectifies }),
    ]
  }
}
