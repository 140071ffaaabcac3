import CollapseCore
import Files

/// A pickled dictionary with its nested dictionaries and lists spread out: `{'model': {'fc':
/// {'weight': …}}}` holds the tensor `model.fc.weight`.
///
/// A list of arrays, such as the features batch by batch, has its parts under `features.0`,
/// `features.1`, …, and is the array `features` as well. The parts of an object that is not known
/// are under its name; those of a module of PyTorch as its state dictionary names them.
struct PickleContent: Sendable {
  /// What one name stands for.
  enum Item: Sendable {
    case tensor(PickledTensor)
    case array(PickledArray)
    case integers([Int64])
    case doubles([Double])
    /// The parts of an array, which follow each other along the first axis.
    case batches([String])
    /// Two arrays of the name.
    case ambiguous
  }

  /// The names of the arrays, in the order of the pickle.
  private(set) var names: [String] = []
  private(set) var items: [String: Item] = [:]
  private(set) var attributes: [String: AttributeValue] = [:]
  /// The kinds of what is there and is no array, by name.
  private(set) var unknown: [String: String] = [:]

  /// How many values were looked at, shared ones each time.
  private var visits = 0
  private var isVisited: [Bool]

  private static let mostVisits = 4_000_000
  private static let deepest = 64

  /// - Throws: ``PickleFault`` for a damaged pickle, ``ArrayFault`` for one that holds no arrays.
  init(_ bytes: RandomAccessBytes) throws {
    var interpreter = PickleInterpreter(bytes)
    self = try PickleContent(interpreter.load(), interpreter)
  }

  init(_ root: PickleValue, _ table: PickleInterpreter) throws {
    isVisited = [Bool](repeating: false, count: table.objects.count)
    switch root {
    case .dictionary, .tensor, .tuple, .list, .array: try add(root, "", table, depth: 0)
    case .object(let index):
      try add(root, "", table, depth: 0)
      if names.isEmpty {
        throw ArrayFault(
          "the pickle holds an object of '\(table.objects[index].type)', which is never made: "
            + "expected a dictionary of arrays")
      }
    default: throw ArrayFault("the pickle holds \(root.kind), expected a dictionary of arrays")
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
    case .none: break
    case .global, .storage, .elementType, .bytes: unknown[name] = value.kind
    case .boolean(let value): attributes[name] = .boolean(value)
    case .integer(let value): attributes[name] = .integer(value)
    case .double(let value): attributes[name] = .double(value)
    case .string(let value): attributes[name] = .string(value)
    case .tensor(let index): insert(.tensor(table.tensors[index]), name)
    case .array(let index): insert(.array(table.arrays[index]), name)
    case .tuple(let index): try add(table.tuples[index], name, table, depth: depth)
    case .list(let index):
      try add(table.lists[index], name, table, depth: depth)
      addBatches(table.lists[index], name)
    case .dictionary(let index):
      try add(table.dictionaries[index], name, table, depth: depth, isModule: false)
    case .object(let index): try add(table.objects[index], index, name, table, depth: depth)
    }
  }

  private mutating func add(
    _ entries: [(key: PickleValue, value: PickleValue)], _ name: String,
    _ table: PickleInterpreter, depth: Int, isModule: Bool
  ) throws {
    for (key, value) in entries {
      let part: String
      switch key {
      case .string(let text): part = text
      case .integer(let number): part = String(number)
      case .boolean(let truth): part = truth ? "True" : "False"
      // Text of Python 2, as Python 3 pickles it: CIFAR's keys.
      case .bytes(.held(let bytes)):
        guard let text = String(validating: bytes, as: UTF8.self) else { continue }
        part = text
      // Nothing can be asked for by a key of another kind.
      default: continue
      }
      let isTransparent = isModule && ["_parameters", "_modules", "_buffers"].contains(part)
      try add(
        value, isTransparent ? name : Self.joined(name, part), table, depth: depth + 1)
    }
  }

  /// What an unknown object holds, once: objects refer to each other in circles.
  private mutating func add(
    _ object: PickledObject, _ index: Int, _ name: String, _ table: PickleInterpreter, depth: Int
  ) throws {
    unknown[name] = "an object of '\(object.type)'"
    guard !isVisited[index], depth < Self.deepest - 2 else { return }
    isVisited[index] = true
    var parts: [Int] = object.items.map { [$0] } ?? []
    switch object.state {
    case .dictionary(let index)?: parts.append(index)
    case .tuple(let index)?:
      for case .dictionary(let index) in table.tuples[index] { parts.append(index) }
    default: break
    }
    for part in parts {
      try add(table.dictionaries[part], name, table, depth: depth, isModule: true)
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
      case .bytes(.held(let bytes)):
        if let text = String(validating: bytes, as: UTF8.self) { strings.append(text) }
      default: break
      }
    }
    switch values.count {
    case 0: break
    // Shared lists cost as often as they are met.
    case _ where visits + values.count > Self.mostVisits:
      throw ArrayFault("dictionaries that spread out to more than \(Self.mostVisits) values")
    case integers.count: insert(.integers(integers), name)
    case doubles.count: insert(.doubles(doubles), name)
    case strings.count: attributes[name] = .strings(strings)
    default:
      for (position, value) in values.enumerated() {
        try add(value, Self.joined(name, String(position)), table, depth: depth + 1)
      }
    }
  }

  private mutating func addBatches(_ values: [PickleValue], _ name: String) {
    let parts = values.indices.map { Self.joined(name, String($0)) }
    let areArrays = values.allSatisfy {
      switch $0 {
      case .tensor, .array: true
      default: false
      }
    }
    if !name.isEmpty, !values.isEmpty, areArrays, items[name] == nil {
      items[name] = .batches(parts)
    }
  }

  private mutating func insert(_ item: Item, _ name: String) {
    switch items.updateValue(item, forKey: name) {
    case nil: names.append(name)
    case .batches?: break
    default: items[name] = .ambiguous
    }
  }

  private static func joined(_ prefix: String, _ part: String) -> String {
    prefix.isEmpty ? part : "\(prefix).\(part)"
  }
}
