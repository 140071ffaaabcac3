import CollapseCore
import Files

/// What a file of arrays holds, whatever its format: arrays by name, read when asked for, and
/// the plain values beside them.
struct NamedArrays: Sendable {
  /// The path; for messages.
  let file: String
  /// What an array is called in messages: "array", "tensor".
  let noun: String
  /// The names in the file's order; one empty name for a file that is an array itself.
  let names: [String]
  let attributes: [String: AttributeValue]
  private let load: @Sendable (String) throws -> NumericArray

  /// - Parameter load: the array of one of `names`; throws ``ArrayFault``, or an error that
  ///   names its file.
  init(
    file: String, noun: String, names: [String], attributes: [String: AttributeValue] = [:],
    load: @escaping @Sendable (String) throws -> NumericArray
  ) {
    self.file = file
    self.noun = noun
    self.names = names
    self.attributes = attributes
    self.load = load
  }

  /// Whether the file is an array itself.
  var isOneArray: Bool { names == [""] }

  /// The array called `name`.
  ///
  /// - Throws: ``FeatureStoreError`` naming the file and the array, or `FileError`.
  func array(_ name: String) throws -> ForeignArray {
    guard names.contains(name) else {
      throw FeatureStoreError(file: file, problem: "it has no \(noun) '\(name)'\(listing)")
    }
    do {
      return try ForeignArray(load(name), file: file, location: location(name))
    } catch let fault as ArrayFault {
      throw FeatureStoreError(
        file: file, location: location(name), problem: fault.problem)
    }
  }

  /// The one number of an array that holds no more; `nil` for any other array.
  func scalar(_ name: String) -> AttributeValue? {
    guard let array = try? load(name), array.shape.elementCount == 1,
      let bytes = try? array.bytes.bytes(0..<array.element.size)
    else { return nil }
    return bytes.withUnsafeBytes { source in
      if array.element.isInteger {
        var value: Int64 = 0
        let beyond = withUnsafeMutablePointer(to: &value) {
          array.element.decode(source, into: UnsafeMutableBufferPointer(start: $0, count: 1))
        }
        return beyond == nil ? .integer(value) : nil
      }
      var value = 0.0
      _ = withUnsafeMutablePointer(to: &value) {
        array.element.decode(source, into: UnsafeMutableBufferPointer(start: $0, count: 1))
      }
      return .double(value)
    }
  }

  private func location(_ name: String) -> String? { isOneArray ? nil : "\(noun) '\(name)'" }

  /// The first names, for a message about one that is not there.
  var listing: String {
    guard !names.isEmpty, !isOneArray else { return "" }
    let shown = names.prefix(8).map { "'\($0)'" }.joined(separator: ", ")
    return "; it has \(shown)" + (names.count > 8 ? " and \(names.count - 8) more" : "")
  }
}
