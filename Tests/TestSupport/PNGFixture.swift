/// PNG files of every kind the specification has, built chunk by chunk without libpng, so that
/// tests know what is stored and can be wrong on purpose.
public struct PNGFixture: Sendable {
  public var width: Int
  public var height: Int
  public var bitDepth: Int
  /// 0 gray, 2 RGB, 3 palette, 4 gray and alpha, 6 RGB and alpha.
  public var colorType: Int
  public var isInterlaced = false
  /// The filters of the rows, of each pass where interlaced, over and over.
  public var filters = [0]
  /// Samples by rows, those of a pixel together, each below 2^bitDepth.
  public var samples: [Int]
  /// Bytes of a chunk of image data; one chunk where `nil`.
  public var dataChunkSize: Int?
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
      + data + Self.chunk("IEND", [])
  }

  /// The chunks of image data.
  private var data: [UInt8] {
    let stream = Self.zlib(rows)
    return stride(from: 0, to: stream.count, by: dataChunkSize ?? stream.count).flatMap {
      Self.chunk(
        "IDAT", Array(stream[$0..<min($0 + (dataChunkSize ?? stream.count), stream.count)]))
    }
  }

  /// A gray image of 8 bits whose filtered rows are `rows` and whose compressed data ends as said,
  /// neither of which need be right.
  public static func gray(
    width: Int, height: Int, rows: [UInt8], adler: UInt32? = nil, trailing: [UInt8] = []
  ) -> [UInt8] {
    let fixture = PNGFixture(width: width, height: height, samples: [])
    return signature + fixture.header + chunk("IDAT", zlib(rows, adler: adler) + trailing)
      + chunk("IEND", [])
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

  private static func zlib(_ bytes: [UInt8], adler: UInt32? = nil) -> [UInt8] {
    [0x78, 0x01] + DeflateFixture.stored(bytes) + bigEndian(adler ?? Checksum.adler32(bytes))
  }

  /// Filtered rows, of each of the seven passes where interlaced.
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
        ? [] : filtered(stride(from: y, to: height, by: dy).map { row($0, columns) })
    }
  }

  /// The rows of a pass by section 9 of the specification: each byte less its prediction.
  private func filtered(_ rows: [[UInt8]]) -> [UInt8] {
    let step = max(1, samplesPerPixel * bitDepth / 8)
    return rows.indices.flatMap { y -> [UInt8] in
      let filter = filters[y % filters.count]
      func byte(_ x: Int, _ y: Int) -> Int { x < 0 || y < 0 ? 0 : Int(rows[y][x]) }
      return [UInt8(filter)]
        + rows[y].indices.map { x in
          let (a, b, c) = (byte(x - step, y), byte(x, y - 1), byte(x - step, y - 1))
          let nearest = [a, b, c].min { abs(a + b - c - $0) < abs(a + b - c - $1) }!
          return UInt8((byte(x, y) - [0, a, b, (a + b) / 2, nearest][filter]) & 255)
        }
    }
  }

  private var samplesPerPixel: Int { [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][colorType]! }

  /// The samples of one row packed into bytes.
  private func row(_ y: Int, _ columns: [Int]) -> [UInt8] {
    let perPixel = samplesPerPixel
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
