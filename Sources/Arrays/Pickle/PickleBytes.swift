import CollapseCore
import Files

/// The bytes of a pickle, read from first to last through a window, so that arrays of gigabytes
/// inside it are passed over and not held.
struct PickleBytes {
  let source: RandomAccessBytes
  /// Where the next byte is.
  private(set) var offset: Int
  private var window: [UInt8] = []
  private var windowStart = 0

  private static let windowSize = 64 << 10

  init(_ source: RandomAccessBytes, from offset: Int = 0) {
    self.source = source
    self.offset = offset
  }

  /// The bytes are at their end.
  struct End: Error {}

  mutating func byte() throws -> UInt8 {
    if offset >= windowStart + window.count { try fill() }
    defer { offset += 1 }
    return window[offset - windowStart]
  }

  /// An integer stored least significant byte first.
  mutating func integer<T: FixedWidthInteger>(_: T.Type) throws -> T {
    var value: T = 0
    for place in 0..<MemoryLayout<T>.size {
      value |= T(truncatingIfNeeded: UInt64(try byte())) << T(8 * place)
    }
    return value
  }

  /// Moves over `count` bytes and returns where they are.
  mutating func skip(_ count: Int) throws -> Range<Int> {
    guard count >= 0, count <= source.count - offset else { throw End() }
    defer { offset += count }
    return offset..<offset + count
  }

  /// The next `count` bytes.
  mutating func bytes(_ count: Int) throws -> [UInt8] {
    let range = try skip(count)
    let start = range.lowerBound - windowStart
    if start >= 0, start + count <= window.count { return Array(window[start..<start + count]) }
    return try source.bytes(range)
  }

  /// The bytes up to the end of the line, of which no more than a thousand are looked at.
  mutating func line() throws -> [UInt8] {
    var line: [UInt8] = []
    while line.count < 1024 {
      let next = try byte()
      if next == 0x0a { return line }
      line.append(next)
    }
    throw ArrayFault("a line that does not end")
  }

  private mutating func fill() throws {
    guard offset < source.count else { throw End() }
    windowStart = offset
    window = try source.bytes(offset..<min(offset + Self.windowSize, source.count))
  }
}

/// A pickle that is damaged.
struct PickleFault: Error {
  /// The byte of the instruction.
  let offset: Int
  let problem: String
}
