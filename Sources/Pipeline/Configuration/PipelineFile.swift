import Files
import Tensors
import Yams

/// A pipeline as its YAML file states it: one configuration, or a grid of them.
///
/// ```yaml
/// name: quickstart
/// dataset: { train: { path: data/sample/idx } }
/// grid:
///   network.batchNormalization: [none, all]
///   training.weightDecay: [1e-5, 5e-3]
/// ```
///
/// Each key under `grid` is the dotted path of a field, each value the list it runs through; the
/// product of the lists is run, the last key changing fastest.
public struct PipelineFile: Sendable {
  /// One point of the grid.
  public struct Run: Sendable {
    /// The fields the grid sets, in the order of the file, with their values as written.
    public let gridValues: [(field: String, value: String)]
    public let configuration: RunConfiguration
  }

  /// The path as the user gave it, for messages.
  public let file: String
  /// The text of the file, for the report.
  public let text: String
  public let name: String
  /// What the report is called.
  public let title: String
  public let summary: String?
  public let runs: [Run]

  /// Reads and expands the pipeline at `path`.
  ///
  /// - Parameter overrides: `key=value` with dotted keys, applied last; one that sets a field of
  ///   the grid takes that field out of the grid.
  /// - Throws: ``FileError``, or ``ConfigurationError`` naming line, column and the nearest known
  ///   key.
  public init(path: String, overrides: [String] = []) throws {
    let text = String(decoding: try FileContents.read(path), as: UTF8.self)
    try self.init(yaml: text, file: path, overrides: overrides)
  }

  /// Expands a pipeline from its text; `file` names it in messages.
  public init(yaml text: String, file: String, overrides: [String] = []) throws {
    var root = try ConfigurationNode.parse(yaml: text, file: file)
    var grid = try Grid(root.remove("grid"), file: file)
    for override in overrides {
      let (key, value) = try PipelineFile.parse(override: override)
      grid.removeAxis(key)
      guard root.set(value, at: key.split(separator: ".")) else {
        throw ConfigurationError(
          file: "--set \(override)", position: nil, problem: "'\(key)' is not a field")
      }
    }
    let decoder = ConfigurationDecoder(file: file)
    let header = try decoder.decode(Header.self, from: root.selecting(Header.keys))
    for key in Header.keys { _ = root.remove(key) }
    self.file = file
    self.text = text
    self.name = header.name
    self.title = header.title ?? header.name
    self.summary = header.summary
    self.runs = try grid.points().map { point in
      var node = root
      for axis in point {
        guard node.set(axis.value, at: axis.field.split(separator: ".")) else {
          throw ConfigurationError(
            file: file, position: axis.value.position,
            problem: "grid: '\(axis.field)' is not a field")
        }
      }
      return Run(
        gridValues: point.map { ($0.field, $0.value.flowText) },
        configuration: try decoder.decode(RunConfiguration.self, from: node))
    }
  }

  private struct Header: Decodable {
    static let keys = ["name", "title", "summary"]
    let name: String
    let title: String?
    let summary: String?
  }

  private static func parse(
    override: String
  ) throws(ConfigurationError) -> (key: String, value: ConfigurationNode) {
    guard let equals = override.firstIndex(of: "="), equals != override.startIndex else {
      throw ConfigurationError(
        file: "--set \(override)", position: nil, problem: "expected key=value")
    }
    let tree = try ConfigurationNode.parse(
      yaml: "value: \(override[override.index(after: equals)...])", file: "--set \(override)")
    var value = tree["value"]!
    value.position = nil
    return (String(override[..<equals]), value)
  }
}

/// The axes of a grid and their product.
private struct Grid {
  typealias Value = (field: String, value: ConfigurationNode)
  private var axes: [(field: String, values: [ConfigurationNode])] = []

  init(_ entry: ConfigurationNode.Entry?, file: String) throws(ConfigurationError) {
    guard let entry, !entry.value.isNull else { return }
    guard case .mapping(let entries) = entry.value.content else {
      throw ConfigurationError(
        file: file, position: entry.value.position,
        problem: "grid: expected fields and lists of values, found \(entry.value.phrase)")
    }
    for axis in entries {
      guard case .sequence(let values) = axis.value.content, !values.isEmpty else {
        throw ConfigurationError(
          file: file, position: axis.value.position,
          problem: "grid: '\(axis.key)' needs a list of values, found \(axis.value.phrase)")
      }
      axes.append((axis.key, values))
    }
  }

  mutating func removeAxis(_ field: String) { axes.removeAll { $0.field == field } }

  func points() -> [[Value]] {
    axes.reduce([[]]) { points, axis in
      points.flatMap { point in axis.values.map { point + [(axis.field, $0)] } }
    }
  }
}

extension ConfigurationNode {
  /// A mapping of only the given keys.
  fileprivate func selecting(_ keys: [String]) -> ConfigurationNode {
    guard case .mapping(let entries) = content else { return self }
    return ConfigurationNode(
      content: .mapping(entries.filter { keys.contains($0.key) }), position: position)
  }

  /// The node on one line: `5e-3`, `[512, 512]`.
  fileprivate var flowText: String {
    switch content {
    case .scalar(let text, _): text
    case .sequence(let nodes): "[\(nodes.map(\.flowText).joined(separator: ", "))]"
    case .mapping(let entries):
      "{\(entries.map { "\($0.key): \($0.value.flowText)" }.joined(separator: ", "))}"
    }
  }
}
