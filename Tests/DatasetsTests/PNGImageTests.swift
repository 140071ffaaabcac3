import CollapseCore
import Datasets
import TestSupport
import Testing

/// What every kind of PNG decodes to: the samples as stored, brought to 8 bits.
@Suite struct PNGImageTests {
  /// A fixture and the planes it must decode to.
  struct Kind: Sendable, CustomStringConvertible {
    let description: String
    let fixture: PNGFixture
    let channels: Int
    let pixels: [UInt8]
  }

  static let kinds: [Kind] = {
    func fixture(
      _ width: Int, _ height: Int, _ depth: Int, _ type: Int, _ samples: [Int],
      _ change: (inout PNGFixture) -> Void = { _ in }
    ) -> PNGFixture {
      var fixture = PNGFixture(
        width: width, height: height, bitDepth: depth, colorType: type, samples: samples)
      change(&fixture)
      return fixture
    }
    let ramp = Array(0..<35)
    return [
      Kind(
        description: "gray 8", fixture: fixture(2, 2, 8, 0, [0, 1, 128, 255]), channels: 1,
        pixels: [0, 1, 128, 255]),
      Kind(
        description: "gray 1", fixture: fixture(9, 1, 1, 0, [1, 0, 1, 1, 0, 0, 1, 0, 1]),
        channels: 1, pixels: [255, 0, 255, 255, 0, 0, 255, 0, 255]),
      Kind(
        description: "gray 2", fixture: fixture(4, 1, 2, 0, [0, 1, 2, 3]), channels: 1,
        pixels: [0, 85, 170, 255]),
      Kind(
        description: "gray 4", fixture: fixture(3, 1, 4, 0, [0, 7, 15]), channels: 1,
        pixels: [0, 119, 255]),
      Kind(  // round(v / 257)
        description: "gray 16", fixture: fixture(5, 1, 16, 0, [0, 128, 129, 0x8080, 65535]),
        channels: 1, pixels: [0, 0, 1, 128, 255]),
      Kind(
        description: "RGB 8", fixture: fixture(2, 1, 8, 2, [1, 2, 3, 4, 5, 6]), channels: 3,
        pixels: [1, 4, 2, 5, 3, 6]),
      Kind(
        description: "RGB 16", fixture: fixture(1, 1, 16, 2, [257, 514, 65535]), channels: 3,
        pixels: [1, 2, 255]),
      Kind(
        description: "palette",
        fixture: fixture(2, 1, 2, 3, [1, 0]) { $0.palette = [9, 8, 7, 6, 5, 4] },
        channels: 3, pixels: [6, 9, 5, 8, 4, 7]),
      Kind(  // as libpng has it: the first entry stands, one that is not there is black
        description: "a color the palette lacks",
        fixture: fixture(2, 1, 8, 3, [0, 2]) { $0.palette = [9, 8, 7, 6, 5, 4] },
        channels: 3, pixels: [9, 0, 8, 0, 7, 0]),
      Kind(  // round(v · alpha / 255): on black
        description: "gray and alpha", fixture: fixture(3, 1, 8, 4, [200, 255, 200, 0, 200, 128]),
        channels: 1, pixels: [200, 0, 100]),
      Kind(
        description: "RGB and alpha", fixture: fixture(1, 1, 8, 6, [255, 100, 0, 51]), channels: 3,
        pixels: [51, 20, 0]),
      Kind(
        description: "RGB and alpha 16", fixture: fixture(1, 1, 16, 6, [65535, 257, 0, 65535]),
        channels: 3, pixels: [255, 1, 0]),
      Kind(
        description: "transparent palette entry",
        fixture: fixture(2, 1, 1, 3, [0, 1]) {
          $0.palette = [10, 20, 30, 40, 50, 60]
          $0.transparency = [0]
        }, channels: 3, pixels: [0, 40, 0, 50, 0, 60]),
      Kind(
        description: "transparent gray",
        fixture: fixture(2, 1, 8, 0, [7, 8]) { $0.transparency = [0, 7] }, channels: 1,
        pixels: [0, 8]),
      Kind(
        description: "interlaced", fixture: fixture(7, 5, 8, 0, ramp) { $0.isInterlaced = true },
        channels: 1, pixels: ramp.map { UInt8($0) }),
      Kind(  // linear light: converting to sRGB would brighten it to 188
        description: "gamma 1",
        fixture: fixture(1, 1, 8, 0, [128]) {
          $0.ancillary = [("gAMA", [0, 1, 0x86, 0xA0]), ("tEXt", [65, 0, 66])]
        }, channels: 1, pixels: [128]),
    ]
  }()

  @Test(arguments: kinds) func decodes(_ kind: Kind) throws {
    let image = try PNGImage(kind.fixture.bytes, file: "f")
    #expect(image.width == kind.fixture.width && image.height == kind.fixture.height)
    #expect(image.channels == kind.channels)
    #expect(image.pixels == kind.pixels)
  }

  /// Every filter after every other, over samples that make the sums of each wrap around.
  @Test(arguments: [0, 2, 3, 4, 6], [[0], [1], [2], [3], [4], [4, 3, 2, 1, 0, 2, 4, 1, 3]])
  func filtersAreUndone(colorType: Int, filters: [Int]) throws {
    let (width, height) = (7, 10)
    let perPixel = [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][colorType]!
    var generator = SeededGenerator(seed: 2)
    var fixture = PNGFixture(
      width: width, height: height, colorType: colorType,
      samples: (0..<width * height * perPixel).map { _ in
        Int.random(in: 0...255, using: &generator)
      })
    fixture.filters = filters
    if colorType == 3 {
      fixture.palette = (0..<768).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }
    let expected = (0..<(colorType == 0 || colorType == 4 ? 1 : 3)).flatMap { channel in
      (0..<width * height).map { pixel in
        let sample = fixture.samples[pixel * perPixel + (colorType == 3 ? 0 : channel)]
        if colorType == 3 { return fixture.palette[sample * 3 + channel] }
        let alpha =
          colorType == 4 || colorType == 6
          ? fixture.samples[pixel * perPixel + perPixel - 1] : 255
        return UInt8((Double(sample * alpha) / 255).rounded())
      }
    }
    #expect(try PNGImage(fixture.bytes, file: "f").pixels == expected)
    // Interlaced rows are libpng's to decode: both ways lead to the same image.
    fixture.isInterlaced = true
    #expect(try PNGImage(fixture.bytes, file: "f").pixels == expected)
  }

  @Test(arguments: [1, 2, 5, 1000]) func dataMayLieInManyChunks(size: Int) throws {
    var fixture = PNGFixture(width: 5, height: 3, samples: Array(0..<15))
    let image = try PNGImage(fixture.bytes, file: "f")
    fixture.dataChunkSize = size
    #expect(try PNGImage(fixture.bytes, file: "f") == image)
  }

  @Test(arguments: [1, 3]) func encodingLosesNothing(channels: Int) throws {
    var generator = SeededGenerator(seed: 1)
    let pixels = (0..<channels * 7 * 5).map { _ in UInt8.random(in: 0...255, using: &generator) }
    let image = PNGImage(width: 7, height: 5, channels: channels, pixels: pixels)
    #expect(try PNGImage(image.encoded(), file: "f") == image)
  }

  static let gray = PNGFixture(width: 2, height: 2, samples: [1, 2, 3, 4]).bytes

  /// `gray` with one byte replaced.
  static func damaged(_ position: Int, _ byte: UInt8) -> [UInt8] {
    var bytes = gray
    bytes[position] = byte
    return bytes
  }

  /// A file of a header and 16 bytes of image data.
  static func claiming(
    _ width: Int, _ height: Int, depth: Int = 8, type: Int = 0
  ) -> [UInt8] {
    PNGFixture.signature
      + PNGFixture(width: width, height: height, bitDepth: depth, colorType: type, samples: [])
      .header + PNGFixture.chunk("IDAT", Array(repeating: 0, count: 16))
      + PNGFixture.chunk("IEND", [])
  }

  static let malformed = [
    Malformed(
      "empty", [],
      "f, byte 0: expected the signature of PNG (89 50 4e 47 0d 0a 1a 0a), found no bytes"),
    Malformed(
      "a JPEG", [0xFF, 0xD8, 0xFF, 0xE0, 0, 0x10, 0x4A, 0x46, 0x49],
      "f, byte 0: expected the signature of PNG (89 50 4e 47 0d 0a 1a 0a), "
        + "found ff d8 ff e0 00 10 4a 46"),
    Malformed(
      "cut in the header", Array(gray.prefix(30)),
      "f, byte 8: expected a header chunk of 25 bytes, found 22: cut short"),
    Malformed(
      "no header", PNGFixture.signature + PNGFixture.chunk("IEND", Array(repeating: 0, count: 13)),
      "f, byte 8: expected a chunk IHDR of 13 bytes (00 00 00 0d 49 48 44 52), "
        + "found 00 00 00 0d 49 45 4e 44"),
    Malformed(
      "header with a wrong CRC", damaged(29, 0),
      "f, byte 29: the CRC of chunk IHDR is 0x57dd52f8, expected 0x00dd52f8"),
    Malformed(
      "cut in the data", Array(gray.prefix(45)),
      "f, byte 33: chunk IDAT has 17 bytes, found 0: cut short"),
    Malformed(
      "cut between chunks", Array(gray.prefix(gray.count - 12)),
      "f, byte 62: expected a chunk, of 12 bytes or more, found 0: cut short"),
    Malformed(
      "data with a wrong CRC", damaged(45, 0xFF),
      "f, byte 58: the CRC of chunk IDAT is 0x47d6bb83, expected 0x7a383725"),
    Malformed(
      "65535×65535", claiming(65535, 65535),
      "f, byte 16: 65535×65535 pixels of 8 bits do not fit in 16 bytes of compressed data, "
        + "which hold 16512 at most"),
    Malformed(
      "2147483647×2147483647", claiming(2_147_483_647, 2_147_483_647, depth: 16, type: 6),
      "f, byte 16: 2147483647×2147483647 pixels of 64 bits do not fit in 16 bytes of compressed "
        + "data, which hold 16512 at most"),
    Malformed(
      "no pixels", claiming(0, 3),
      "f, byte 16: expected 1 to 2147483647 pixels each way, found 0×3"),
    Malformed(
      "a color type of none", claiming(1, 1, type: 5),
      "f, byte 25: expected color type 0, 2, 3, 4 or 6, found 5"),
    Malformed(
      "a depth the color type has not", claiming(1, 1, depth: 4, type: 2),
      "f, byte 24: color type 2 has bit depth 8, 16, found 4"),
    Malformed(
      "a chunk type of no letters", Array(gray.prefix(33)) + PNGFixture.chunk("12_4", []),
      "f, byte 37: expected the four letters of a chunk's type, found 31 32 5f 34"),
    Malformed(
      "an unknown critical chunk", Array(gray.prefix(33)) + PNGFixture.chunk("ABCD", []),
      "f, byte 37: expected a chunk of the PNG specification, found 'ABCD'"),
    Malformed(
      "rows missing",
      Array(PNGFixture(width: 2, height: 3, samples: [1, 2, 3, 4, 5, 6]).bytes.prefix(33))
        + gray.dropFirst(33), "f: libpng cannot decode it: Not enough image data"),
    Malformed(
      "rows cut short", PNGFixture.gray(width: 2, height: 2, rows: [0, 1, 2, 0, 3]),
      "f: libpng cannot decode it: Not enough image data"),
    Malformed(
      "a row too many", PNGFixture.gray(width: 2, height: 1, rows: [0, 1, 2, 0, 3, 4]),
      "f: libpng cannot decode it: IDAT: Too much image data"),
    Malformed(
      "a filter of none", PNGFixture.gray(width: 2, height: 2, rows: [0, 1, 2, 5, 3, 4]),
      "f: libpng cannot decode it: bad adaptive filter value"),
    Malformed(
      "a wrong Adler-32", PNGFixture.gray(width: 2, height: 1, rows: [0, 1, 2], adler: 7),
      "f: libpng cannot decode it: IDAT: incorrect data check"),
    Malformed(
      "bytes after the data",
      PNGFixture.gray(width: 2, height: 1, rows: [0, 1, 2], trailing: [1, 2, 3]),
      "f: libpng cannot decode it: IDAT: Extra compressed data"),
    Malformed(
      "no palette", PNGFixture(width: 1, height: 1, colorType: 3, samples: [0]).bytes,
      "f: libpng cannot decode it: IDAT: Missing PLTE before IDAT"),
  ]

  @Test(arguments: malformed) func refuses(_ malformed: Malformed) {
    #expect(message { _ = try PNGImage(malformed.bytes, file: "f") } == malformed.message)
  }
}
