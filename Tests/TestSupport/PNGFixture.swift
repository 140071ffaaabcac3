/// PNG files of every kind the specification has, built chunk by chunk without libpng, so that
/// tests know what is stored and can be wrong on purpose.
public struct PNGFixture: Sendable {
  public var width: Int
  public var height: Int
  public var bitDepth: Int
  /// 0 gray, 2 RGB, 3 palette, 4 gray and alpha, 6 RGB and alpha.
  public var colorType: Int
  public var isInterlaced = false
  /// Samples by rows, those of a pixel together, each below 2^bitDepth.
  public var samples: [Int]
  /// Three bytes per entry.
  public var palette: [UInt8] = []
  /// The content of tRNS; none where empty.
  public var transparency: [UInt8] = []
  /// Chunks between the header and the rest: a type and its content.
  public var ancillary: [(type: String, content: [UInt8])] = []

  public init(
    width: Int, height: Int, bitDepth: Int = 8, colorType: Int = 0, samples: [Int]
  ) {
    self.width = width
    self.height = height
    self.bitDepth = bitDepth
    self.colorType = colorType
    self.samples = samples
  }

  public static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  /// The bytes of the file.
  public var bytes: [UInt8] {
    Self.signature + header + ancillary.flatMap { Self.chunk($0.type, $0.content) }
      + (palette.isEmpty ? [] : Self.chunk("PLTE", palette))
      + (transparency.isEmpty ? [] : Self.chunk("tRNS", transparency))
      + Self.chunk("IDAT", zlib(rows)) + Self.chunk("IEND", [])
  }

  /// The header chunk alone.
  public var header: [UInt8] {
    Self.chunk(
      "IHDR",
      Self.bigEndian(UInt32(width)) + Self.bigEndian(UInt32(height)) + [
        UInt8(bitDepth), UInt8(colorType), 0, 0, isInterlaced ? 1 : 0,
      ])
  }

  /// One chunk: length, type, content, CRC.
  public static func chunk(_ type: String, _ content: [UInt8]) -> [UInt8] {
    let body = Array(type.utf8) + content
    return bigEndian(UInt32(content.count)) + body + bigEndian(Checksum.crc32(body))
  }

  private static func bigEndian(_ value: UInt32) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
  }

  private func zlib(_ bytes: [UInt8]) -> [UInt8] {
    [0x78, 0x01] + DeflateFixture.stored(bytes) + Self.bigEndian(Checksum.adler32(bytes))
  }

  /// Filtered rows, of each of the seven passes where interlaced. All use filter 0, none.
  private var rows: [UInt8] {
    let passes =
      isInterlaced
      ? [
        (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
        (0, 1, 1, 2),
      ] : [(0, 0, 1, 1)]
    return passes.flatMap { x, y, dx, dy -> [UInt8] in
      let columns = Array(stride(from: x, to: width, by: dx))
      return columns.isEmpty
        ? [] : stride(from: y, to: height, by: dy).flatMap { [0] + row($0, columns) }
    }
  }

  /// The samples of one row packed into bytes.
  private func row(_ y: Int, _ columns: [Int]) -> [UInt8] {
    let perPixel = [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][colorType]!
    let values = columns.flatMap { x in
      (0..<perPixel).map { samples[(y * width + x) * perPixel + $0] }
    }
    if bitDepth == 16 { return values.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] } }
    let perByte = 8 / bitDepth
    return stride(from: 0, to: values.count, by: perByte).map { start in
      (0..<perByte).reduce(0) { byte, offset in
        let value = start + offset < values.count ? values[start + offset] : 0
        return byte << UInt8(bitDepth) | UInt8(value)
      }
    }
  }
}
