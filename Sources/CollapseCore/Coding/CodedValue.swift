/// A value as ``ArrayCoding`` writes it: what is one of Swift's own kinds, arrays of numbers as they
/// lie in memory, and what is made of such.
indirect enum CodedValue: Sendable {
  case none
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case text(String)
  case integers([Int64])
  case numbers([Double])
  case list([CodedValue])
  case keyed([(key: String, value: CodedValue)])

  /// What it is, for messages.
  var kind: String {
    switch self {
    case .none: "nothing"
    case .bool: "a truth value"
    case .integer: "an integer"
    case .number: "a number"
    case .text: "a text"
    case .integers: "integers"
    case .numbers: "numbers"
    case .list: "a list"
    case .keyed: "fields"
    }
  }
}

// MARK: - Bytes

extension CodedValue {
  private enum Tag: UInt8 {
    case none, no, yes, integer, number, text, integers, numbers, list, keyed
  }

  /// Deeper values are taken for damage.
  private static let deepest = 64

  func write(to bytes: inout [UInt8]) {
    func tag(_ tag: Tag) { bytes.append(tag.rawValue) }
    func word(_ value: UInt64) {
      for shift in stride(from: 0, to: 64, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: value >> shift))
      }
    }
    func text(_ text: String) {
      word(UInt64(text.utf8.count))
      bytes += text.utf8
    }
    switch self {
    case .none: tag(.none)
    case .bool(let value): tag(value ? .yes : .no)
    case .integer(let value):
      tag(.integer)
      word(UInt64(bitPattern: value))
    case .number(let value):
      tag(.number)
      word(value.bitPattern)
    case .text(let value):
      tag(.text)
      text(value)
    case .integers(let values):
      tag(.integers)
      word(UInt64(values.count))
      values.map { $0.littleEndian }.withUnsafeBytes { bytes += $0 }
    case .numbers(let values):
      tag(.numbers)
      word(UInt64(values.count))
      values.map { $0.bitPattern.littleEndian }.withUnsafeBytes { bytes += $0 }
    case .list(let values):
      tag(.list)
      word(UInt64(values.count))
      for value in values { value.write(to: &bytes) }
    case .keyed(let fields):
      tag(.keyed)
      word(UInt64(fields.count))
      for field in fields {
        text(field.key)
        field.value.write(to: &bytes)
      }
    }
  }

  /// - Throws: ``ArrayCodingError`` where the bytes are none that this wrote.
  init(_ bytes: inout ArraySlice<UInt8>, depth: Int = 0) throws {
    guard depth < CodedValue.deepest, let first = bytes.popFirst(), let tag = Tag(rawValue: first)
    else { throw ArrayCodingError("it is damaged or cut short") }
    func take(_ count: UInt64) throws -> ArraySlice<UInt8> {
      guard count <= UInt64(bytes.count) else { throw ArrayCodingError("it is cut short") }
      defer { bytes = bytes.dropFirst(Int(count)) }
      return bytes.prefix(Int(count))
    }
    func word() throws -> UInt64 {
      try take(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    /// A number of things of at least `size` bytes each.
    func count(_ size: UInt64) throws -> Int {
      let count = try word()
      guard count <= UInt64(bytes.count) / size else { throw ArrayCodingError("it is cut short") }
      return Int(count)
    }
    func words() throws -> [UInt64] {
      let count = try count(8)
      let part = try take(UInt64(count) * 8)
      return [UInt64](unsafeUninitializedCapacity: count) { buffer, initialized in
        part.withUnsafeBytes { source in
          if count > 0 {
            UnsafeMutableRawBufferPointer(
              start: buffer.baseAddress, count: count * 8
            ).copyMemory(from: source)
          }
        }
        for index in 0..<count { buffer[index] = UInt64(littleEndian: buffer[index]) }
        initialized = count
      }
    }
    func text() throws -> String { String(decoding: try take(word()), as: UTF8.self) }
    switch tag {
    case .none: self = .none
    case .no: self = .bool(false)
    case .yes: self = .bool(true)
    case .integer: self = .integer(Int64(bitPattern: try word()))
    case .number: self = .number(Double(bitPattern: try word()))
    case .text: self = .text(try text())
    case .integers: self = .integers(try words().map(Int64.init(bitPattern:)))
    case .numbers: self = .numbers(try words().map(Double.init(bitPattern:)))
    case .list:
      var values: [CodedValue] = []
      for _ in 0..<(try count(1)) { values.append(try CodedValue(&bytes, depth: depth + 1)) }
      self = .list(values)
    case .keyed:
      var fields: [(key: String, value: CodedValue)] = []
      for _ in 0..<(try count(9)) {
        let key = try text()
        fields.append((key, try CodedValue(&bytes, depth: depth + 1)))
      }
      self = .keyed(fields)
    }
  }
}
