/// Something wrong with a configuration: which field, and where it is written.
public struct ConfigurationFault: Error, Sendable, Hashable, CustomStringConvertible {
  /// From the root to the field, places in lists included.
  public var path: [String]
  /// What is wrong, without the field: `expected a positive number, found -3`.
  public var problem: String
  /// Where it is written, if it was read from a text.
  public var position: ConfigurationPosition?
  /// What messages call the place where it is not in a file: `--set training.epochs=-3`.
  public var origin: String?
  /// Whether the problem says itself where it is.
  var namesPlace = false
  /// What a value that is of no use was expected to be, and what it is.
  var mismatch: (expected: String, found: String)? {
    didSet {
      if let mismatch { problem = "expected \(mismatch.expected), found \(mismatch.found)" }
    }
  }

  /// A fault of the field at `path`, and where it is written, if that is known.
  public init(
    path: [String], problem: String, position: ConfigurationPosition? = nil, origin: String? = nil
  ) {
    self.path = path
    self.problem = problem
    self.position = position
    self.origin = origin
  }

  /// `training.epochs: expected a positive number, found -3`.
  public var description: String {
    path.isEmpty || namesPlace ? problem : "\(path.joined(separator: ".")): \(problem)"
  }

  public static func == (a: Self, b: Self) -> Bool {
    a.path == b.path && a.problem == b.problem && a.position == b.position && a.origin == b.origin
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(path)
    hasher.combine(problem)
  }
}

/// Reads typed values from a configuration and writes down everything that is wrong with it.
///
/// A value that cannot be used is replaced by its default and reading goes on, so that one reading
/// tells all faults.
public struct ConfigurationReader {
  private final class Faults {
    var all: [ConfigurationFault] = []
  }

  /// The field that is read, from the root.
  public let path: [String]
  private let root: (any Configurable.Type)?
  private let faults: Faults

  private init(path: [String], root: (any Configurable.Type)?, faults: Faults) {
    self.path = path
    self.root = root
    self.faults = faults
  }

  /// The value of a tree, and what is wrong with it.
  public static func read<Value: FieldValue>(
    _: Value.Type, from node: ConfigurationNode, at path: [String] = []
  ) -> (value: Value?, faults: [ConfigurationFault]) {
    let reader = ConfigurationReader(
      path: path, root: Value.self as? any Configurable.Type, faults: Faults())
    do {
      let value = try Value(reading: node, by: reader)
      return (reader.faults.all.isEmpty ? value : nil, reader.faults.all)
    } catch {
      return (nil, reader.faults.all + [error])
    }
  }

  /// The reader of a part of the value.
  func part(_ name: String) -> ConfigurationReader {
    ConfigurationReader(path: path + [name], root: root, faults: faults)
  }

  var faultCount: Int { faults.all.count }

  func report(_ fault: ConfigurationFault) { faults.all.append(fault) }

  /// What is wrong with the value at `node`.
  public func fault(_ problem: String, at node: ConfigurationNode) -> ConfigurationFault {
    ConfigurationFault(
      path: path, problem: problem, position: node.position, origin: node.origin)
  }

  /// The fault of a value that is of another kind than expected: `a number`.
  public func mismatch(_ expected: String, at node: ConfigurationNode) -> ConfigurationFault {
    var fault = fault("", at: node)
    fault.mismatch = (expected, node.phrase)
    return fault
  }

  /// Reports the keys of a mapping that are none of `known`.
  func refuseUnknownKeys(of node: ConfigurationNode, known: [String], hint: (String) -> String?) {
    guard case .mapping(let entries) = node.content else { return }
    for entry in entries where !known.contains(entry.key) {
      report(unknownKey(entry, known: known, hint: hint(entry.key)))
    }
  }

  private func unknownKey(
    _ entry: ConfigurationNode.Entry, known: [String], hint: String?
  ) -> ConfigurationFault {
    let place = path.isEmpty ? "" : " in \(path.joined(separator: "."))"
    let remedy =
      hint ?? Spelling.nearest(to: entry.key, among: known).map { "did you mean '\($0)'?" }
      ?? elsewhere(entry.key).map { "did you mean '\($0)'?" }
      ?? "known keys: \(known.sorted().joined(separator: ", "))"
    var fault = ConfigurationFault(
      path: path, problem: "unknown key '\(entry.key)'\(place): \(remedy)",
      position: entry.keyPosition, origin: entry.value.origin)
    fault.namesPlace = true
    return fault
  }

  /// The field that a key would be in another place, `training.epochs` for `epochs`: before all one
  /// that is always there, then one that most kinds of a choice have.
  private func elsewhere(_ key: String) -> String? {
    let places = root.map { DeclaredField.all(of: $0).filter { $0.path.last == key } } ?? []
    let counts = Dictionary(grouping: places, by: \.path).mapValues(\.count)
    let best =
      places.first { $0.kind == nil }
      ?? places.enumerated().min {
        (-counts[$0.element.path]!, $0.offset) < (-counts[$1.element.path]!, $1.offset)
      }?.element
    return best?.path.joined(separator: ".")
  }
}
