/// The bytes ended before a value did.
public struct TruncatedBytes: Error, Sendable, Hashable {
  /// Where the value starts.
  public let offset: Int
  /// How many bytes it needs.
  public let needed: Int
  /// How many bytes there are from `offset` on.
  public let available: Int
}

/// A position in bytes that moves forward as values are read.
///
/// The bytes are passed to each call rather than stored, so a cursor can be kept anywhere.
public struct ByteCursor: Sendable, Hashable {
  /// Bytes passed so far: where the next value starts.
  public private(set) var offset: Int

  /// A cursor at `offset` bytes from the start.
  public init(offset: Int = 0) { self.offset = offset }

  /// Moves over `count` bytes and returns where they are.
  ///
  /// - Throws: ``TruncatedBytes`` where fewer bytes are left.
  public mutating func skip(_ count: Int, in bytes: RawSpan) throws(TruncatedBytes) -> Range<Int> {
    let available = max(0, bytes.byteCount - offset)
    guard count >= 0, count <= available else {
      throw TruncatedBytes(offset: offset, needed: count, available: available)
    }
    defer { offset += count }
    return offset..<offset + count
  }

  /// Reads one byte.
  ///
  /// - Throws: ``TruncatedBytes`` at the end of the bytes.
  public mutating func readUInt8(in bytes: RawSpan) throws(TruncatedBytes) -> UInt8 {
    let range = try skip(1, in: bytes)
    return bytes.unsafeLoad(fromByteOffset: range.lowerBound, as: UInt8.self)
  }

  /// Reads an integer stored most significant byte first.
  ///
  /// - Throws: ``TruncatedBytes`` where fewer bytes are left.
  public mutating func readBigEndian<T: FixedWidthInteger & BitwiseCopyable>(
    _: T.Type, in bytes: RawSpan
  ) throws(TruncatedBytes) -> T {
    let range = try skip(MemoryLayout<T>.size, in: bytes)
    return T(bigEndian: bytes.unsafeLoadUnaligned(fromByteOffset: range.lowerBound, as: T.self))
  }

  /// Reads an integer stored least significant byte first.
  ///
  /// - Throws: ``TruncatedBytes`` where fewer bytes are left.
  public mutating func readLittleEndian<T: FixedWidthInteger & BitwiseCopyable>(
    _: T.Type, in bytes: RawSpan
  ) throws(TruncatedBytes) -> T {
    let range = try skip(MemoryLayout<T>.size, in: bytes)
    return T(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: range.lowerBound, as: T.self))
  }
}
