package import CollapseCore
import Yams

extension ConfigurationNode {
  /// The tree of a YAML text, which must have a mapping at its root.
  package static func parse(yaml: String, file: String) throws(ConfigurationError)
    -> ConfigurationNode
  {
    let root: Node?
    do {
      root = try compose(yaml: yaml)
    } catch let error as YamlError {
      throw ConfigurationError(yaml: error, file: file)
    } catch {
      throw ConfigurationError(file: file, position: nil, problem: "\(error)")
    }
    guard let root, case .mapping = root else {
      throw ConfigurationError(
        file: file, position: root?.mark.map(ConfigurationPosition.init),
        problem: "expected a mapping of keys to values")
    }
    return ConfigurationNode(root)
  }

  /// The node as YAML, a line for each field.
  func yaml() throws -> String { try serialize(node: yamlNode) }

  private var yamlNode: Node {
    switch content {
    case .scalar(let text, let isQuoted):
      // What would be read as a number, as true or as nothing is in quotes where it is a text.
      let isPlain =
        Double(text) == nil && Bool(text) == nil && !ConfigurationNode(plain: text).isNull
      return Node(text, Tag(.implicit), isQuoted && !isPlain ? .singleQuoted : .any)
    case .sequence(let nodes): return Node(nodes.map(\.yamlNode))
    case .mapping(let entries):
      return Node(entries.map { (Node($0.key), $0.value.yamlNode) })
    }
  }

  private init(_ node: Node) {
    let content: Content
    switch node {
    case .scalar(let scalar):
      let quoted = scalar.style == .singleQuoted || scalar.style == .doubleQuoted
      content = .scalar(scalar.string, isQuoted: quoted)
    case .sequence(let sequence): content = .sequence(sequence.map { ConfigurationNode($0) })
    case .mapping(let mapping):
      content = .mapping(
        mapping.map { key, value in
          Entry(
            key: key.scalar?.string ?? "", keyPosition: key.mark.map(ConfigurationPosition.init),
            value: ConfigurationNode(value))
        })
    case .alias: content = .scalar("", isQuoted: false)  // compose() resolves aliases
    }
    self.init(content: content, position: node.mark.map(ConfigurationPosition.init))
  }
}

extension ConfigurationPosition {
  init(_ mark: Mark) {
    self.init(line: mark.line, column: mark.column)
  }
}
