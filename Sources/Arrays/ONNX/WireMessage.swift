import CollapseCore
import Files

/// A message in the wire format of protocol buffers, read where it stands: a sequence of fields,
/// each a number, a kind and a value, of which any may be passed over.
///
/// No length is believed: every value is checked to lie in its message before it is looked at.
struct WireMessage {
  enum Value {
    case number(UInt64)
    /// Four or eight bytes.
    case word(UInt64)
    /// A text, a message, or numbers one after another.
    case bytes(WireMessage)
  }

  let bytes: RandomAccessBytes
  /// Where the bytes are in the file.
  let offset: Int

  init(_ bytes: RandomAccessBytes, at offset: Int = 0) {
    self.bytes = bytes
    self.offset = offset
  }

  /// What reads it is quicker in memory, as long as that is small.
  private static let mostInMemory = 1 << 16

  /// Calls `body` with the fields in their order.
  ///
  /// - Throws: ``ArrayFault`` naming the byte where the message is none; what `body` throws.
  func forEach(_ body: (_ field: Int, Value) throws -> Void) throws {
    var cursor = try WireCursor(self)
    while !cursor.isAtEnd {
      let start = cursor.position
      let key = try cursor.number()
      guard key >> 3 > 0, key >> 3 < 1 << 29 else {
        throw cursor.fault(at: start, "a field of number \(key >> 3)")
      }
      let field = Int(key >> 3)
      switch key & 7 {
      case 0: try body(field, .number(cursor.number()))
      case 1: try body(field, .word(cursor.word(8)))
      case 2: try body(field, .bytes(cursor.part()))
      case 5: try body(field, .word(cursor.word(4)))
      default:
        throw cursor.fault(at: start, "a field of wire type \(key & 7), expected 0, 1, 2 or 5")
      }
    }
  }

  /// The numbers of a field that may hold one, or many in one piece.
  static func numbers(of value: Value, _ body: (UInt64) throws -> Void) throws {
    switch value {
    case .number(let number): try body(number)
    case .word: throw ArrayFault("words where numbers of any length are expected")
    case .bytes(let packed):
      var cursor = try WireCursor(packed)
      while !cursor.isAtEnd { try body(cursor.number()) }
    }
  }

  /// The same with small messages in memory.
  fileprivate func inMemory() throws -> WireMessage {
    guard !bytes.isInMemory, bytes.count <= WireMessage.mostInMemory else { return self }
    return WireMessage(RandomAccessBytes(try bytes.bytes(0..<bytes.count)), at: offset)
  }
}

extension WireMessage.Value {
  /// The text, number or message that it has to be; empty where it is of another kind.
  func text() throws -> String {
    guard case .bytes(let message) = self, message.bytes.count <= 1 << 20 else { return "" }
    return String(
      decoding: try message.bytes.bytes(0..<message.bytes.count), as: UTF8.self)
  }

  var integer: Int {
    if case .number(let number) = self { Int(Int64(bitPattern: number)) } else { 0 }
  }

  var message: WireMessage {
    if case .bytes(let message) = self { message } else { WireMessage(RandomAccessBytes([])) }
  }
}

/// A place in a message, and a piece of its bytes in memory.
private struct WireCursor {
  private let message: WireMessage
  private(set) var position = 0
  private var window: [UInt8] = []
  private var windowStart = 0

  init(_ message: WireMessage) throws {
    self.message = try message.inMemory()
  }

  var isAtEnd: Bool { position == message.bytes.count }

  private mutating func byte() throws -> UInt8 {
    if !(windowStart..<windowStart + window.count).contains(position) {
      let count = min(256, message.bytes.count - position)
      guard count > 0 else {
        throw fault(at: position, "the end in the middle of a field")
      }
      window = try message.bytes.bytes(position..<position + count)
      windowStart = position
    }
    defer { position += 1 }
    return window[position - windowStart]
  }

  /// Seven bits a byte, the least first.
  mutating func number() throws -> UInt64 {
    let start = position
    var result: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      let byte = try byte()
      result |= UInt64(byte & 127) << shift
      if byte < 128 { return result }
    }
    throw fault(at: start, "a number of more than 64 bits")
  }

  mutating func word(_ size: Int) throws -> UInt64 {
    var result: UInt64 = 0
    for place in 0..<size { result |= UInt64(try byte()) << UInt64(8 * place) }
    return result
  }

  mutating func part() throws -> WireMessage {
    let start = position
    let length = try number()
    let left = message.bytes.count - position
    guard length <= UInt64(left) else {
      throw fault(at: start, "a field of \(length) bytes where \(left) are left")
    }
    let part = position..<position + Int(length)
    position = part.upperBound
    return WireMessage(message.bytes[part], at: message.offset + part.lowerBound)
  }

  func fault(at place: Int, _ problem: String) -> ArrayFault {
    ArrayFault("byte \(message.offset + place): \(problem)")
  }
}
