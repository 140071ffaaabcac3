/// A JSON value whose objects keep the order of their members: the same value always gives the
/// same bytes, on every machine and in every locale.
///
/// Numbers are written in the shortest form that reads back to the same double. JSON has no NaN
/// and no infinity: they become `null`.
public enum OrderedJSON: Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
  /// `null`.
  case null
  /// `true` or `false`.
  case boolean(Bool)
  /// A whole number.
  case integer(Int)
  /// A double in its shortest form; NaN and infinity become `null`.
  case number(Double)
  /// A text, escaped where JSON asks for it.
  case string(String)
  /// A list, in its order.
  case array([OrderedJSON])
  /// Members in the order they are written in.
  case object([(key: String, value: OrderedJSON)])

  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int) { self = .integer(value) }

  /// `number`, or `null` for `nil`.
  public init(_ number: Double?) { self = number.map { .number($0) } ?? .null }
  /// `string`, or `null` for `nil`.
  public init(_ string: String?) { self = string.map { .string($0) } ?? .null }

  /// An object without the members `keys`.
  package func without(_ keys: String...) -> OrderedJSON {
    guard case .object(let members) = self else { return self }
    return .object(members.filter { !keys.contains($0.key) })
  }

  /// The JSON text in UTF-8, indented by two spaces, lists of plain values on one line, with a
  /// final newline.
  public var text: String {
    var bytes: [UInt8] = []
    write { bytes += $0 }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Hands the bytes of ``text`` to `body` in pieces of about a megabyte: a thousand classes have a
  /// million pairs, whose text need not be in memory at once.
  public func write(_ body: ([UInt8]) -> Void) {
    withoutActuallyEscaping(body) { body in
      var output = Output(flush: body)
      write(to: &output, indentation: 0)
      output.bytes.append(UInt8(ascii: "\n"))
      body(output.bytes)
    }
  }

  /// Bytes on their way to a reader.
  private struct Output {
    private static let size = 1 << 20
    var bytes: [UInt8] = []
    let flush: ([UInt8]) -> Void

    mutating func flushIfLarge() {
      guard bytes.count >= Output.size else { return }
      flush(bytes)
      bytes.removeAll(keepingCapacity: true)
    }
  }

  private var isPlain: Bool {
    switch self {
    case .array, .object: false
    default: true
    }
  }

  private func write(to output: inout Output, indentation: Int) {
    switch self {
    case .null: output.bytes += "null".utf8
    case .boolean(let value): output.bytes += (value ? "true" : "false").utf8
    case .integer(let value): output.bytes += String(value).utf8
    case .number(let value): output.bytes += OrderedJSON.digits(of: value).utf8
    case .string(let value): OrderedJSON.write(value, to: &output.bytes)
    case .array(let values):
      let plain = values.allSatisfy(\.isPlain)
      OrderedJSON.writeMembers(
        values, between: ("[", "]"), onOneLine: plain, to: &output, indentation: indentation
      ) { value, output in value.write(to: &output, indentation: indentation + 1) }
    case .object(let members):
      OrderedJSON.writeMembers(
        members, between: ("{", "}"), onOneLine: false, to: &output, indentation: indentation
      ) { member, output in
        OrderedJSON.write(member.key, to: &output.bytes)
        output.bytes += ": ".utf8
        member.value.write(to: &output, indentation: indentation + 1)
      }
    }
  }

  private static func writeMembers<Member>(
    _ members: [Member], between brackets: (open: String, close: String), onOneLine: Bool,
    to output: inout Output, indentation: Int, _ write: (Member, inout Output) -> Void
  ) {
    func newLine(_ level: Int, _ bytes: inout [UInt8]) {
      bytes.append(UInt8(ascii: "\n"))
      for _ in 0..<2 * level { bytes.append(UInt8(ascii: " ")) }
    }
    output.bytes += brackets.open.utf8
    for (index, member) in members.enumerated() {
      if index > 0 { output.bytes += (onOneLine ? ", " : ",").utf8 }
      if !onOneLine { newLine(indentation + 1, &output.bytes) }
      write(member, &output)
      output.flushIfLarge()
    }
    if !onOneLine && !members.isEmpty { newLine(indentation, &output.bytes) }
    output.bytes += brackets.close.utf8
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
