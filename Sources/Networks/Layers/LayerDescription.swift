public import CollapseCore

/// A layer with its name: an element of a network.
///
/// As JSON or YAML it is the layer's own fields with `name` and `kind` beside them:
/// `{name: features.0, kind: dense, outputs: 512, bias: true}`. Without a name it is called by its
/// place: `layers.3`, or `layers.3.body.0` inside a residual one.
public struct LayerDescription: Sendable {
  /// The prefix of the names of its arrays: `features.0`.
  public private(set) var name: String
  /// What it is.
  public let layer: any Layer

  /// - Parameter name: the prefix of the names of its arrays; no two layers of a network share one.
  public init(_ name: String, _ layer: any Layer) {
    self.name = name
    self.layer = layer
  }

  /// The kind of the layer: `dense`.
  public var kind: String { type(of: layer).kind }
}

extension LayerDescription: Choice {
  public static let noun = "kind of layer"
  public static var kinds: [any NamedKind.Type] { LayerRegistry.kinds }

  public static var commonFields: [Field<LayerDescription>] {
    [
      Field(
        "name", \.name, "The prefix of the names of its arrays.", absence: "its place: layers.3")
    ]
  }

  public var value: any NamedKind { layer }

  public init(_ value: any NamedKind, at path: [String]) {
    // From the last list of layers on: `layers.3.body.0`.
    let place = path[(path.lastIndex(of: "layers") ?? 0)...]
    self.init(place.joined(separator: "."), value as! any Layer)  // one of `kinds`
  }
}

extension LayerDescription: Hashable {
  public static func == (a: LayerDescription, b: LayerDescription) -> Bool {
    a.name == b.name && AnyHashable(a.layer) == AnyHashable(b.layer)
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(AnyHashable(layer))
  }
}
