/// What may stand in a field of a configuration: numbers, words, lists of them, and mappings.
public protocol FieldValue: Codable, Hashable, Sendable {
  /// What values look like.
  static var shape: FieldShape { get }

  /// Reads a value.
  ///
  /// - Throws: what makes the value of no use; faults of parts of it are reported to the reader.
  init(reading node: ConfigurationNode, by reader: ConfigurationReader) throws(ConfigurationFault)

  /// The value as it is written.
  var node: ConfigurationNode { get }

  /// The numbers in it that a ``FieldRange`` is about.
  var numbers: [Double] { get }
}

extension FieldValue {
  public var numbers: [Double] { [] }
}

extension Bool: FieldValue {
  public static var shape: FieldShape { .boolean }

  public init(
    reading node: ConfigurationNode, by reader: ConfigurationReader
  ) throws(ConfigurationFault) {
    self = try reader.scalar(node, "true or false") { Bool($0) }
  }

  public var node: ConfigurationNode { ConfigurationNode(plain: String(self)) }
}

extension Int: FieldValue {
  public static var shape: FieldShape { .integer }

  public init(
    reading node: ConfigurationNode, by reader: ConfigurationReader
  ) throws(ConfigurationFault) {
    self = try reader.scalar(node, "a whole number") { Int($0) }
  }

  public var node: ConfigurationNode { ConfigurationNode(plain: String(self)) }
  public var numbers: [Double] { [Double(self)] }
}

extension UInt64: FieldValue {
  public static var shape: FieldShape { .integer }

  public init(
    reading node: ConfigurationNode, by reader: ConfigurationReader
  ) throws(ConfigurationFault) {
    self = try reader.scalar(node, "a whole number in 0...\(UInt64.max)") { UInt64($0) }
  }

  public var node: ConfigurationNode { ConfigurationNode(plain: String(self)) }
  public var numbers: [Double] { [Double(self)] }
}

extension Double: FieldValue {
  public static var shape: FieldShape { .number }

  public init(
    reading node: ConfigurationNode, by reader: ConfigurationReader
  ) throws(ConfigurationFault) {
    self = try reader.scalar(node, "a number") { Double($0).flatMap { $0.isFinite ? $0 : nil } }
  }

  public var node: ConfigurationNode { ConfigurationNode(plain: shortestText) }

  public var numbers: [Double] { [self] }
}

extension String: FieldValue {
  public static var shape: FieldShape { .text }

  public init(
    reading node: ConfigurationNode, by reader: ConfigurationReader
  ) throws(ConfigurationFault) {
    guard case .scalar(let text, _) = node.content else {
      throw reader.mismatch("a word", at: node)
    }
    self = text
  }

  public var node: ConfigurationNode { ConfigurationNode(text: self) }
}

extension Array: FieldValue where Element: FieldValue {
  public static var shape: FieldShape { .list(Element.shape) }

  public init(
    reading node: ConfigurationNode, by reader: ConfigurationReader
  ) throws(ConfigurationFault) {
    guard case .sequence(let nodes) = node.content else {
      throw reader.mismatch("a list", at: node)
    }
    self = []
    for (index, node) in nodes.enumerated() {
      do {
        append(try Element(reading: node, by: reader.part(String(index))))
      } catch {
        reader.report(error)
      }
    }
  }

  public var node: ConfigurationNode { ConfigurationNode(map(\.node)) }
  public var numbers: [Double] { flatMap(\.numbers) }
}

extension FieldValue where Self: RawRepresentable<String> & CaseIterable {
  public static var shape: FieldShape { .words(allCases.map(\.rawValue)) }

  public init(
    reading node: ConfigurationNode, by reader: ConfigurationReader
  ) throws(ConfigurationFault) {
    let word = try String(reading: node, by: reader)
    try reader.require(word, among: Self.allCases.map(\.rawValue), at: node)
    self = Self(rawValue: word)!
  }

  public var node: ConfigurationNode { ConfigurationNode(text: rawValue) }
}

extension ConfigurationReader {
  fileprivate func scalar<Value>(
    _ node: ConfigurationNode, _ expected: String, _ convert: (String) -> Value?
  ) throws(ConfigurationFault) -> Value {
    if case .scalar(let text, isQuoted: false) = node.content, let value = convert(text) {
      return value
    }
    throw mismatch(expected, at: node)
  }

  /// Refuses a word that is not one of `words`, naming the nearest.
  ///
  /// - Throws: ``ConfigurationFault`` for a word that is none of them.
  public func require(
    _ word: String, among words: [String], at node: ConfigurationNode
  ) throws(ConfigurationFault) {
    if words.contains(word) { return }
    let remedy = Spelling.nearest(to: word, among: words).map { "; did you mean '\($0)'?" } ?? ""
    throw fault(
      "expected one of \(words.joined(separator: ", ")), found '\(word)'\(remedy)", at: node)
  }
}
