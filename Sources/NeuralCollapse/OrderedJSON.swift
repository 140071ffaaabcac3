/// A JSON value whose objects keep the order of their members: the same value always gives the
/// same bytes, on every machine and in every locale.
///
/// Numbers are written in the shortest form that reads back to the same double. JSON has no NaN
/// and no infinity: they become `null`.
public enum OrderedJSON: Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
  case null
  case boolean(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([OrderedJSON])
  case object([(key: String, value: OrderedJSON)])

  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int) { self = .integer(value) }

  /// `number`, or `null` for `nil`.
  public init(_ number: Double?) { self = number.map { .number($0) } ?? .null }
  /// `string`, or `null` for `nil`.
  public init(_ string: String?) { self = string.map { .string($0) } ?? .null }

  /// The JSON text in UTF-8, indented by two spaces, lists of plain values on one line, with a
  /// final newline.
  public var text: String {
    var bytes: [UInt8] = []
    write(to: &bytes, indentation: 0)
    bytes.append(UInt8(ascii: "\n"))
    return String(decoding: bytes, as: UTF8.self)
  }

  private var isPlain: Bool {
    switch self {
    case .array, .object: false
    default: true
    }
  }

  private func write(to bytes: inout [UInt8], indentation: Int) {
    switch self {
    case .null: bytes += "null".utf8
    case .boolean(let value): bytes += (value ? "true" : "false").utf8
    case .integer(let value): bytes += String(value).utf8
    case .number(let value): bytes += OrderedJSON.digits(of: value).utf8
    case .string(let value): OrderedJSON.write(value, to: &bytes)
    case .array(let values):
      let plain = values.allSatisfy(\.isPlain)
      OrderedJSON.writeMembers(
        values, between: ("[", "]"), onOneLine: plain, to: &bytes, indentation: indentation
      ) { value, bytes in value.write(to: &bytes, indentation: indentation + 1) }
    case .object(let members):
      OrderedJSON.writeMembers(
        members, between: ("{", "}"), onOneLine: false, to: &bytes, indentation: indentation
      ) { member, bytes in
        OrderedJSON.write(member.key, to: &bytes)
        bytes += ": ".utf8
        member.value.write(to: &bytes, indentation: indentation + 1)
      }
    }
  }

  private static func writeMembers<Member>(
    _ members: [Member], between brackets: (open: String, close: String), onOneLine: Bool,
    to bytes: inout [UInt8], indentation: Int, _ write: (Member, inout [UInt8]) -> Void
  ) {
    func newLine(_ level: Int, _ bytes: inout [UInt8]) {
      bytes.append(UInt8(ascii: "\n"))
      for _ in 0..<2 * level { bytes.append(UInt8(ascii: " ")) }
    }
    bytes += brackets.open.utf8
    for (index, member) in members.enumerated() {
      if index > 0 { bytes += (onOneLine ? ", " : ",").utf8 }
      if !onOneLine { newLine(indentation + 1, &bytes) }
      write(member, &bytes)
    }
    if !onOneLine && !members.isEmpty { newLine(indentation, &bytes) }
    bytes += brackets.close.utf8
  }

  private static func digits(of value: Double) -> String {
    guard value.isFinite else { return "null" }
    if value.magnitude < 0x1p53, value == value.rounded(), value != 0 || value.sign == .plus {
      return String(Int(value))
    }
    return value.description
  }

  private static func write(_ string: String, to bytes: inout [UInt8]) {
    let hexadecimal = Array("0123456789abcdef".utf8)
    bytes.append(UInt8(ascii: "\""))
    for byte in string.utf8 {
      switch byte {
      case UInt8(ascii: "\""): bytes += "\\\"".utf8
      case UInt8(ascii: "\\"): bytes += "\\\\".utf8
      case UInt8(ascii: "\n"): bytes += "\\n".utf8
      case 0..<0x20:
        bytes += "\\u00".utf8
        bytes += [hexadecimal[Int(byte >> 4)], hexadecimal[Int(byte & 15)]]
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
