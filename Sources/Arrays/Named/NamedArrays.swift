import CollapseCore
import Files

/// What a file of arrays holds, whatever its format: arrays by name, read when asked for, and
/// the plain values beside them.
struct NamedArrays: ArraySource {
  let file: String
  let noun: String
  /// The names in the file's order; one empty name for a file that is an array itself.
  private let names: [String]
  private let attributes: [String: AttributeValue]
  private let known: Set<String>
  private let loadTexts: @Sendable (String) throws -> [String]?
  private let load: @Sendable (String) throws -> [NumericArray]

  /// - Parameters:
  ///   - hidden: names that lead to something and are not listed.
  ///   - loadTexts: the texts of one of `names`; `nil` where they are numbers.
  ///   - load: the parts of the array of one of `names`, which follow each other along the first
  ///     axis. Both throw ``ArrayFault``, or an error that names its file.
  init(
    file: String, noun: String, names: [String], hidden: Set<String> = [],
    attributes: [String: AttributeValue] = [:],
    loadTexts: @escaping @Sendable (String) throws -> [String]? = { _ in nil },
    load: @escaping @Sendable (String) throws -> [NumericArray]
  ) {
    self.file = file
    self.noun = noun
    self.names = names
    self.attributes = attributes
    self.loadTexts = loadTexts
    self.load = load
    known = hidden.union(names)
  }

  func names(limit: Int) -> [String] { Array(names.prefix(limit)) }

  /// What follows `layers/` or `layers.`.
  func members(of group: String) -> [String] {
    names.compactMap { name in
      for separator in ["/", "."] where name.hasPrefix(group + separator) {
        let member = name.dropFirst(group.count + 1)
        return member.isEmpty ? nil : String(member)
      }
      return nil
    }
  }

  func contains(_ name: String) -> Bool {
    if known.contains(name) { return true }
    if case .strings? = attributes[name] { return true }
    return false
  }

  func array(_ name: String) throws -> any StoredArray {
    if !known.contains(name), attributes[name] == nil {
      throw ArrayFileError(file: file, problem: "it has no \(noun) '\(name)'\(listing)")
    }
    return try located(name) {
      guard known.contains(name) else { throw ArrayFault("it holds no numbers") }
      return try NamedArray(load(name), file: file, location: location(name))
    }
  }

  func texts(_ name: String) throws -> [String]? {
    if case .strings(let texts)? = attributes[name] { return texts }
    guard known.contains(name) else { return nil }
    return try located(name) { try loadTexts(name) }
  }

  func attribute(_ name: String) -> AttributeValue? { attributes[name] }

  func hasAttribute(_ name: String) -> Bool { attributes[name] != nil }

  private func located<Value>(_ name: String, _ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let fault as ArrayFault {
      throw ArrayFileError(file: file, location: location(name), problem: fault.problem)
    }
  }

  private func location(_ name: String) -> String? {
    name.isEmpty ? nil : "\(noun) '\(name)'"
  }
}
