/// A layer with its name: an element of a network.
///
/// As JSON or YAML it is the layer's own fields with `name` and `kind` beside them:
/// `{name: features.0, kind: dense, outputs: 512, bias: true}`. Without a name it is called by its
/// place: `layers.3`, or `layers.3.body.0` inside a residual one.
public struct LayerDescription: Sendable, Codable {
  /// The prefix of the names of its arrays: `features.0`.
  public let name: String
  /// What it is.
  public let layer: any Layer

  /// - Parameter name: the prefix of the names of its arrays; no two layers of a network share one.
  public init(_ name: String, _ layer: any Layer) {
    self.name = name
    self.layer = layer
  }

  /// The kind of the layer: `dense`.
  public var kind: String { type(of: layer).kind }

  private enum CodingKeys: String, CodingKey { case name, kind }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decodeIfPresent(String.self, forKey: .name) ?? decoder.codingPath.place
    let kind = try container.decode(String.self, forKey: .kind)
    guard let type = LayerRegistry.kind(named: kind) else {
      throw DecodingError.dataCorruptedError(
        forKey: .kind, in: container,
        debugDescription: "unknown kind of layer '\(kind)'; there are "
          + LayerRegistry.kinds.map { $0.kind }.joined(separator: ", "))
    }
    layer = try type.init(from: decoder)
  }

  public func encode(to encoder: any Encoder) throws {
    try layer.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(kind, forKey: .kind)
  }
}

extension [any CodingKey] {
  /// The path from the last list of layers on: `layers.3.body.0`.
  fileprivate var place: String {
    let names = map { $0.intValue.map(String.init) ?? $0.stringValue }
    return names[(names.lastIndex(of: "layers") ?? 0)...].joined(separator: ".")
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
