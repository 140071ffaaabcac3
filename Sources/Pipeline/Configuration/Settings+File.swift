import CollapseCore
import Files
public import Networks

extension Settings {
  /// The settings a YAML or JSON file starts with.
  ///
  /// - Throws: `FileError`, or ``ConfigurationError`` for what is no mapping of keys to values.
  public init(file path: String) throws {
    self.init(origin: path)
    let text = String(decoding: try FileContents.read(path), as: UTF8.self)
    tree = try ConfigurationNode.parse(yaml: text, file: path)
  }

  /// Whether there is a field at a dotted path.
  public func contains(_ key: String) -> Bool { node(at: key) != nil }

  /// The text of the field at a dotted path, where it has no parts.
  public func text(at key: String) -> String? {
    guard case .scalar(let text, _)? = node(at: key)?.content else { return nil }
    return text
  }

  /// Sets the field at a dotted path unless there is no value.
  public mutating func set(_ key: String, ifGiven value: (some Any)?) throws {
    if let value { try set(key, "\(value)") }
  }

  /// Puts all settings under `key`, unless that key is there already.
  public mutating func nest(under key: String) {
    guard tree[key] == nil else { return }
    let inner = tree
    tree = ConfigurationNode(
      content: .mapping([.init(key: key, keyPosition: inner.position, value: inner)]),
      position: inner.position)
  }

  /// Takes out every field of the mapping at `key` but those named.
  public mutating func keep(_ names: [String], of key: String) {
    guard let node = node(at: key), case .mapping(let entries) = node.content else { return }
    let kept = ConfigurationNode(
      content: .mapping(entries.filter { names.contains($0.key) }), position: node.position)
    _ = tree.set(kept, at: key.split(separator: "."))
  }

  /// The network that the settings make up under `network`.
  public func networkDescription() throws -> NetworkDescription {
    try ConfigurationReader.value(
      NetworkDescription.self, from: tree["network"] ?? ConfigurationNode(content: .mapping([])),
      file: origin, at: ["network"])
  }

  /// What the settings under `curvature` ask of second derivatives.
  public func curvatureOptions() throws -> CurvatureOptions {
    try ConfigurationReader.value(
      CurvatureOptions.self, from: tree["curvature"] ?? ConfigurationNode(content: .mapping([])),
      file: origin, at: ["curvature"])
  }

  private func node(at key: String) -> ConfigurationNode? {
    key.split(separator: ".").reduce(tree) { $0?[String($1)] }
  }
}
