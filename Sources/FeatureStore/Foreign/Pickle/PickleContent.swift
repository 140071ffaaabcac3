import CollapseCore

/// A pickled dictionary with its nested dictionaries and lists spread out: `{'model': {'fc':
/// {'weight': …}}}` holds the tensor `model.fc.weight`.
struct PickleContent: Sendable {
  /// What one name stands for.
  enum Item: Sendable {
    case tensor(PickledTensor)
    case integers([Int64])
    case doubles([Double])
  }

  private(set) var names: [String] = []
  private(set) var items: [String: Item] = [:]
  private(set) var attributes: [String: AttributeValue] = [:]

  /// How many values were looked at, shared ones each time.
  private var visits = 0

  private static let mostVisits = 4_000_000
  private static let deepest = 32

  /// - Throws: ``PickleFault`` for a damaged or disallowed pickle, ``ArrayFault`` for one that
  ///   holds no dictionary of tensors.
  init(_ bytes: [UInt8]) throws {
    var interpreter = PickleInterpreter(bytes)
    let root = try interpreter.load()
    switch root {
    case .dictionary, .tensor, .tuple, .list: try add(root, "", interpreter, depth: 0)
    default: throw ArrayFault("the pickle holds \(root.kind), expected a dictionary of tensors")
    }
  }

  private mutating func add(
    _ value: PickleValue, _ name: String, _ table: PickleInterpreter, depth: Int
  ) throws {
    // A dictionary may contain itself, or the next one twice in each of thirty levels.
    guard depth <= Self.deepest else {
      throw ArrayFault("dictionaries nested more than \(Self.deepest) deep")
    }
    visits += 1
    guard visits <= Self.mostVisits else {
      throw ArrayFault("dictionaries that spread out to more than \(Self.mostVisits) values")
    }
    switch value {
    case .none, .global, .storage: break
    case .boolean(let value): attributes[name] = .boolean(value)
    case .integer(let value): attributes[name] = .integer(value)
    case .double(let value): attributes[name] = .double(value)
    case .string(let value): attributes[name] = .string(value)
    case .tensor(let index): try insert(.tensor(table.tensors[index]), name)
    case .tuple(let index): try add(table.tuples[index], name, table, depth: depth)
    case .list(let index): try add(table.lists[index], name, table, depth: depth)
    case .dictionary(let index):
      for (key, value) in table.dictionaries[index] {
        let part: String
        switch key {
        case .string(let text): part = text
        case .integer(let number): part = String(number)
        case .boolean(let truth): part = truth ? "True" : "False"
        default: throw ArrayFault("\(key.kind) as a dictionary key, expected a string")
        }
        try add(value, Self.joined(name, part), table, depth: depth + 1)
      }
    }
  }

  /// A list of numbers is an array, one of strings an attribute, any other is spread out by
  /// position.
  private mutating func add(
    _ values: [PickleValue], _ name: String, _ table: PickleInterpreter, depth: Int
  ) throws {
    var (integers, doubles, strings): ([Int64], [Double], [String]) = ([], [], [])
    for value in values {
      switch value {
      case .integer(let value): integers.append(value)
      case .double(let value): doubles.append(value)
      case .string(let value): strings.append(value)
      default: break
      }
    }
    switch values.count {
    case 0: break
    // Shared lists cost as often as they are met.
    case _ where visits + values.count > Self.mostVisits:
      throw ArrayFault("dictionaries that spread out to more than \(Self.mostVisits) values")
    case integers.count: try insert(.integers(integers), name)
    case doubles.count: try insert(.doubles(doubles), name)
    case strings.count: attributes[name] = .strings(strings)
    default:
      for (position, value) in values.enumerated() {
        try add(value, Self.joined(name, String(position)), table, depth: depth + 1)
      }
    }
  }

  private mutating func insert(_ item: Item, _ name: String) throws {
    guard items.updateValue(item, forKey: name) == nil else {
      throw ArrayFault("two tensors are named '\(name)'")
    }
    names.append(name)
  }

  private static func joined(_ prefix: String, _ part: String) -> String {
    prefix.isEmpty ? part : "\(prefix).\(part)"
  }
}
