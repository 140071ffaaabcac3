import CollapseCore

/// Attributes by name and type, with errors that say what is wrong with which.
struct AttributeReader {
  private let attributes: [String: AttributeValue]

  init(_ attributes: [String: AttributeValue]) { self.attributes = attributes }

  func malformed(_ name: String, _ reason: String) -> TrainingError {
    TrainingError(
      kind: .badInput, operation: "read attribute '\(name)' of the checkpoint", reason: reason)
  }

  func string(_ name: String) throws -> String {
    guard case .string(let value)? = attributes[name] else { throw wrong(name, "a string") }
    return value
  }

  func strings(_ name: String) throws -> [String] {
    guard case .strings(let value)? = attributes[name] else {
      throw wrong(name, "a list of strings")
    }
    return value
  }

  func integer(_ name: String) throws -> Int64 {
    guard case .integer(let value)? = attributes[name] else { throw wrong(name, "an integer") }
    return value
  }

  func double(_ name: String) throws -> Double {
    guard case .double(let value)? = attributes[name] else { throw wrong(name, "a number") }
    return value
  }

  /// An integer that counts something.
  func count(_ name: String) throws -> Int {
    let value = try integer(name)
    guard value >= 0, let count = Int(exactly: value) else {
      throw malformed(name, "expected no negative number, found \(value)")
    }
    return count
  }

  /// A value stored as JSON.
  func value<Value: Decodable>(_ name: String) throws -> Value {
    try CheckpointText.decode(Value.self, from: string(name), attribute: name)
  }

  func optionalValue<Value: Decodable>(_ name: String) throws -> Value? {
    attributes[name] == nil ? nil : try value(name)
  }

  private func wrong(_ name: String, _ expected: String) -> TrainingError {
    let found =
      switch attributes[name] {
      case nil: "no such attribute"
      case .string: "a string"
      case .strings: "a list of strings"
      case .integer: "an integer"
      case .double: "a number"
      case .boolean: "a truth value"
      }
    return malformed(name, "expected \(expected), found \(found)")
  }
}
