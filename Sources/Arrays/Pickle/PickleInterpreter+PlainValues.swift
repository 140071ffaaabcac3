/// Numbers, texts and bytes.
extension PickleInterpreter {
  /// Longer texts are no names.
  private static let longestText = 64 << 10

  mutating func number(_ code: UInt8) throws -> PickleValue {
    switch code {
    case 0x88: return .boolean(true)
    case 0x89: return .boolean(false)
    case UInt8(ascii: "J"): return .integer(Int64(try input.integer(Int32.self)))
    case UInt8(ascii: "K"): return .integer(Int64(try input.byte()))
    case UInt8(ascii: "M"): return .integer(Int64(try input.integer(UInt16.self)))
    case 0x8a: return try long(Int(try input.byte()))
    case 0x8b: return try long(Int(try input.integer(Int32.self)))
    case UInt8(ascii: "G"):  // BINFLOAT, the one big-endian field
      return .double(Double(bitPattern: try input.integer(UInt64.self).byteSwapped))
    case UInt8(ascii: "N"): return .none
    default:
      // INT, LONG and FLOAT, written out.
      let text = try line()
      if code == UInt8(ascii: "I"), text == "00" || text == "01" { return .boolean(text == "01") }
      let digits = text.hasSuffix("L") ? String(text.dropLast()) : text
      if code != UInt8(ascii: "F"), let value = Int64(digits) { return .integer(value) }
      guard let value = Double(digits) else { throw ArrayFault("'\(text)' is no number") }
      return code == UInt8(ascii: "F") ? .double(value) : try object("int")
    }
  }

  /// A two's-complement integer of `count` bytes; one of more than 64 bits is kept unknown.
  private mutating func long(_ count: Int) throws -> PickleValue {
    guard 0...8 ~= count else {
      _ = try input.skip(count)
      return try object("int")
    }
    let bits = try input.bytes(count).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let unused = 64 - 8 * count
    return .integer(unused == 64 ? 0 : Int64(bitPattern: bits << unused) >> unused)
  }

  mutating func text(_ code: UInt8) throws -> PickleValue {
    if code == UInt8(ascii: "V") || code == UInt8(ascii: "S") {  // UNICODE, STRING
      let text = try line()
      let isQuoted = code == UInt8(ascii: "S") && text.count > 1 && text.first == text.last
      return .string(isQuoted ? String(text.dropFirst().dropLast()) : text)
    }
    let count: Int =
      switch code {
      case 0x8c, UInt8(ascii: "U"), UInt8(ascii: "C"): Int(try input.byte())
      case UInt8(ascii: "X"), UInt8(ascii: "B"): Int(try input.integer(UInt32.self))
      case UInt8(ascii: "T"): Int(try input.integer(Int32.self))
      default: Int(clamping: try input.integer(UInt64.self))
      }
    let isText = [0x8c, UInt8(ascii: "X"), 0x8d].contains(code)
    guard count <= Self.longestText else {
      let range = try input.skip(count)
      return .bytes(isText ? .latin1(range) : .range(range))
    }
    let bytes = try input.bytes(count)
    if isText || code == UInt8(ascii: "U") || code == UInt8(ascii: "T") {
      if let text = String(validating: bytes, as: UTF8.self) { return .string(text) }
      // Python 2's strings are bytes.
      if isText { throw ArrayFault("a string that is not UTF-8") }
    }
    return .bytes(.held(bytes))
  }

  mutating func line() throws -> String {
    guard let text = String(validating: try input.line(), as: UTF8.self) else {
      throw ArrayFault("a line that is not UTF-8")
    }
    return text
  }

  mutating func decimal() throws -> Int {
    guard let value = Int(try line()), value >= 0 else {
      throw ArrayFault("a place in the memo that is no number")
    }
    return value
  }
}
