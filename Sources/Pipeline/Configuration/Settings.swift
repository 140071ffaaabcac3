import CollapseCore
public import Datasets

/// Settings as a command line gives them: `training.epochs=20`, with dotted keys and YAML values.
public struct Settings: Sendable {
  var tree = ConfigurationNode(content: .mapping([]))
  /// What messages call the settings as a whole: "options", or the file they began with.
  let origin: String

  /// - Parameter origin: what messages call the command line.
  public init(origin: String = "options") { self.origin = origin }

  /// Sets the field at a dotted path to a text, read as YAML.
  public mutating func set(_ key: String, _ value: String) throws {
    try set(key, value, statedBy: "options")
  }

  /// Sets the field at a dotted path to a text, read as YAML.
  ///
  /// - Parameter origin: what messages call the place of the text: `--epochs 20`.
  public mutating func set(_ key: String, _ value: String, statedBy origin: String) throws {
    let parsed = try ConfigurationNode.parse(yaml: "value: \(value)", file: origin)
    let node = parsed["value"]!.stated(by: origin)
    guard tree.set(node, at: key.split(separator: ".")) else {
      throw ConfigurationError(file: origin, position: nil, problem: "'\(key)' is not a field")
    }
  }

  /// Sets a field from `key=value`.
  public mutating func set(_ assignment: String) throws {
    guard let equals = assignment.firstIndex(of: "="), equals != assignment.startIndex else {
      throw ConfigurationError(
        file: "--set \(assignment)", position: nil, problem: "expected key=value")
    }
    try set(
      String(assignment[..<equals]), String(assignment[assignment.index(after: equals)...]),
      statedBy: "--set \(assignment)")
  }

  /// The configuration of one run that the settings make up.
  public func runConfiguration() throws -> RunConfiguration {
    try ConfigurationReader.value(RunConfiguration.self, from: tree, file: origin)
  }

  /// The synthetic data set that the settings make up.
  public func syntheticDescription() throws -> SyntheticDescription {
    try ConfigurationReader.value(SyntheticDescription.self, from: tree, file: origin)
  }
}
