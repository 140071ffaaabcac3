/// Gzip members built byte by byte, uncompressed inside, so that tests need no other program and
/// can be wrong on purpose.
public enum GzipFixture {
  /// One member holding `content` as stored blocks.
  public static func member(
    _ content: [UInt8], crc: UInt32? = nil, length: UInt32? = nil
  ) -> [UInt8] {
    var bytes: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]
    bytes += DeflateFixture.stored(content)
    bytes += littleEndian(crc ?? Checksum.crc32(content))
    bytes += littleEndian(length ?? UInt32(content.count))
    return bytes
  }

  private static func littleEndian(_ value: UInt32) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}

/// Deflate data (RFC 1951) that stores its content as it is.
public enum DeflateFixture {
  public static func stored(_ content: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = content[...]
    repeat {
      let block = rest.prefix(0xFFFF)
      rest = rest.dropFirst(block.count)
      let count = UInt16(block.count)
      bytes.append(rest.isEmpty ? 1 : 0)
      for word in [count, ~count] { bytes += [UInt8(word & 255), UInt8(word >> 8)] }
      bytes += block
    } while !rest.isEmpty
    return bytes
  }
}

/// Checksums written out from their definitions, independent of zlib.
public enum Checksum {
  public static func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(UInt32.max) { crc, byte in
      (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ in
        crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1
      }
    }
  }

  public static func adler32(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var a: UInt32 = 1
    var b: UInt32 = 0
    for byte in bytes {
      a = (a + UInt32(byte)) % 65521
      b = (b + a) % 65521
    }
    return b << 16 | a
  }
}
