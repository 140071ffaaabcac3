public import CollapseCore

/// An open file that arrays are looked up in by name, whatever its format.
///
/// Names are those of the file: paths in HDF5 (`/layers/fc1`, with or without the first slash),
/// the keys of an archive or a table elsewhere, where nested dictionaries are joined by dots.
/// Several threads may read at once.
public protocol ArraySource: Sendable {
  /// The path of the file; for messages.
  var file: String { get }
  /// What an array is called in messages: "dataset", "array", "tensor".
  var noun: String { get }

  /// The names of the arrays, at most `limit` of them, in the order of the file; one empty name
  /// where the file is an array itself.
  ///
  /// - Throws: where the file cannot be read.
  func names(limit: Int) throws -> [String]

  /// The names of the arrays of the group `group`, without the group's, in the order of the file.
  ///
  /// - Throws: where the file cannot be read.
  func members(of group: String) throws -> [String]

  /// Whether the file has something of this name, be it an array or not.
  ///
  /// - Throws: where the file cannot be read.
  func contains(_ name: String) throws -> Bool

  /// The array called `name`, checked against what the file holds.
  ///
  /// - Throws: ``ArrayFileError`` naming the file and the array where it is not there, is no array
  ///   of numbers, or is damaged; `FileError` where the file cannot be read.
  func array(_ name: String) throws -> any StoredArray

  /// The texts of the array called `name`, in row-major order; `nil` where it holds numbers or is
  /// not there.
  ///
  /// - Throws: where the file cannot be read.
  func texts(_ name: String) throws -> [String]?

  /// Whether two names lead to one array, or to two of the same numbers.
  ///
  /// - Throws: where the file cannot be read.
  func isSame(_ name: String, _ other: String) throws -> Bool

  /// A value beside the arrays; `nil` where there is none that can be understood.
  ///
  /// - Throws: where the file cannot be read.
  func attribute(_ name: String) throws -> AttributeValue?

  /// Whether there is an attribute of the name, be it understood or not.
  ///
  /// - Throws: where the file cannot be read.
  func hasAttribute(_ name: String) throws -> Bool
}

extension ArraySource {
  /// Whether the file is an array itself, without a name.
  public var isOneArray: Bool { (try? names(limit: 1)) == [""] }

  public func isSame(_ name: String, _ other: String) throws -> Bool {
    if name == other { return true }
    let (first, second) = (try array(name), try array(other))
    guard first.shape == second.shape, first.element == second.element else { return false }
    if first.rowByteCount == 0 { return true }
    let rowsPerBlock = max(1, (1 << 20) / first.rowByteCount)
    for start in stride(from: 0, to: first.rowCount, by: rowsPerBlock) {
      let rows = start..<min(start + rowsPerBlock, first.rowCount)
      guard try first.bytes(of: rows) == second.bytes(of: rows) else { return false }
    }
    return true
  }

  /// A value beside the arrays, or that of an array which holds a single number or texts.
  ///
  /// - Throws: where the file cannot be read.
  public func value(_ name: String) throws -> AttributeValue? {
    if let value = try attribute(name) { return value }
    guard try contains(name) else { return nil }
    if let texts = try texts(name) {
      return texts.count == 1 ? .string(texts[0]) : .strings(texts)
    }
    let array = try array(name)
    guard array.rowCount * array.rowElementCount == 1 else { return nil }
    return array.element.value(of: try array.readAll())
  }

  /// The first names, for a message about one that is not there: `; it has 'a', 'b'`.
  public var listing: String {
    guard !isOneArray, let names = try? names(limit: 21) else { return "" }
    guard !names.isEmpty else { return "; it has no \(noun)s" }
    let shown = names.prefix(20).map { "'\($0)'" }.joined(separator: ", ")
    return "; it has \(shown)" + (names.count > 20 ? " and more" : "")
  }
}
