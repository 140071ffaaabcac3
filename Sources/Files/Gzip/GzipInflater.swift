internal import CZlib
import CollapseCore

/// Inflates gzip data piece by piece, member after member, checking each member's CRC and length.
///
/// Memory follows the content that comes out, never a length the data announces.
public struct GzipInflater: ~Copyable {
  private let bytes: [UInt8]
  private let file: String
  /// zlib keeps the address of this structure, so it must not move.
  private let stream: UnsafeMutablePointer<z_stream>
  /// Compressed bytes consumed.
  private var position = 0
  /// Whether all content has come out and every check has passed.
  public private(set) var isAtEnd = false

  /// - Throws: ``GzipError`` where `bytes` do not begin as a gzip stream does.
  public init(_ bytes: [UInt8], file: String) throws(GzipError) {
    guard Gzip.isGzip(bytes) else {
      throw GzipError(file: file, byte: 0, problem: "expected a gzip stream (1f 8b)")
    }
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    guard czlib_gzip_inflate_init(stream) == Z_OK else {
      stream.deallocate()
      throw GzipError(
        file: file, byte: 0, problem: "zlib could not start", kind: .internalFailure)
    }
    self.bytes = bytes
    self.file = file
    self.stream = stream
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// Up to `limit` bytes of content; fewer only where it ends.
  ///
  /// Reserves what the compressed bytes that are left can hold, up to a fixed amount, and beyond
  /// that grows with the content.
  ///
  /// - Throws: ``GzipError`` where the data is damaged or cut off.
  public mutating func read(upTo limit: Int) throws(GzipError) -> [UInt8] {
    let reserved = min(
      limit, Gzip.largestContent(of: bytes.count - position), Gzip.largestReservation)
    var content = try piece(reserved)
    while content.count < limit, !isAtEnd {
      content += try piece(min(limit - content.count, 1 << 20))
    }
    return content
  }

  /// Whether nothing is left, inflating at most one byte to see.
  ///
  /// Content that has been read to its last byte still has its checks before it: this runs them.
  ///
  /// - Throws: ``GzipError`` where the data is damaged or cut off.
  public mutating func reachesEnd() throws(GzipError) -> Bool {
    if isAtEnd { return true }
    return try piece(1).isEmpty
  }

  private mutating func piece(_ count: Int) throws(GzipError) -> [UInt8] {
    if count == 0 { return [] }  // zlib refuses an empty buffer
    var failure: GzipError?
    let piece = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(GzipError) {
        filled = try fill(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return piece
  }

  /// Fills `buffer`, or less where the content ends, and returns how much.
  private mutating func fill(_ buffer: UnsafeMutableBufferPointer<UInt8>) throws(GzipError) -> Int {
    var filled = 0
    while !isAtEnd {
      let (status, produced) = step(into: buffer, from: filled)
      filled += produced
      switch status {
      case Z_STREAM_END: try endMember()
      case Z_OK where filled < buffer.count && position < bytes.count: continue
      case Z_OK, Z_BUF_ERROR:
        if filled == buffer.count { return filled }
        throw GzipError(
          file: file, byte: position, problem: "the gzip stream is cut short here")
      case Z_MEM_ERROR:
        throw GzipError(
          file: file, byte: position, problem: "no memory to inflate", kind: .internalFailure)
      default: throw corruption()
      }
    }
    return filled
  }

  /// One call of zlib, which counts in 32 bits.
  private mutating func step(
    into buffer: UnsafeMutableBufferPointer<UInt8>, from filled: Int
  ) -> (status: Int32, produced: Int) {
    let input = min(bytes.count - position, 1 << 30)
    let output = min(buffer.count - filled, 1 << 30)
    let status = bytes.withUnsafeBufferPointer { source in
      stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress! + position)
      stream.pointee.avail_in = UInt32(input)
      stream.pointee.next_out = buffer.baseAddress.map { $0 + filled }
      stream.pointee.avail_out = UInt32(output)
      return CZlib.inflate(stream, Z_NO_FLUSH)
    }
    position += input - Int(stream.pointee.avail_in)
    return (status, output - Int(stream.pointee.avail_out))
  }

  /// Goes on to the next member, or to the end.
  private mutating func endMember() throws(GzipError) {
    if position == bytes.count {
      isAtEnd = true
    } else if Gzip.isGzip(bytes[position...]) {
      inflateReset(stream)
    } else {
      throw GzipError(
        file: file, byte: position,
        problem: "expected the end of the file or another gzip member, "
          + "found \(bytes.count - position) more bytes")
    }
  }

  /// Says in what the stream is corrupt. zlib's own words, but for the two checks at the end of
  /// a member, where the stored value stands in the four bytes just consumed.
  private func corruption() -> GzipError {
    let stored = bytes[max(0, position - 4)..<position].reversed().reduce(UInt32(0)) {
      $0 << 8 | UInt32($1)
    }
    let words = stream.pointee.msg.map { String(cString: $0) } ?? "unknown error"
    switch words {
    case "incorrect data check":
      return GzipError(
        file: file, byte: position - 4,
        problem:
          "the CRC-32 of the content is \(Hexadecimal.word(UInt32(truncatingIfNeeded: stream.pointee.adler))), "
          + "expected \(Hexadecimal.word(stored))")
    case "incorrect length check":
      return GzipError(
        file: file, byte: position - 4,
        problem: "the content has \(stream.pointee.total_out) bytes, expected \(stored)")
    default:
      return GzipError(file: file, byte: position, problem: "corrupt gzip stream: \(words)")
    }
  }
}
