import CollapseCore
import Datasets
import TestSupport
import Testing

/// Every depth, color type, way of transparency and size, interlaced and not, against the samples
/// that were stored. The fixture that stores them knows nothing of libpng.
@Suite struct PNGKindsTests {
  struct Kind: Sendable, CustomTestStringConvertible {
    let colorType: Int
    let bitDepth: Int
    let isTransparent: Bool

    var testDescription: String {
      "color type \(colorType), \(bitDepth) bits" + (isTransparent ? ", transparent" : "")
    }
    var samplesPerPixel: Int { [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][colorType]! }
    var channels: Int { colorType == 0 || colorType == 4 ? 1 : 3 }
    var hasAlpha: Bool { colorType == 4 || colorType == 6 }
  }

  static let kinds: [Kind] = [0, 2, 3, 4, 6].flatMap { type in
    (type == 0 ? [1, 2, 4, 8, 16] : type == 3 ? [1, 2, 4, 8] : [8, 16]).flatMap { depth in
      (type == 4 || type == 6 ? [false] : [false, true]).map {
        Kind(colorType: type, bitDepth: depth, isTransparent: $0)
      }
    }
  }

  static let sizes = [
    (1, 1), (2, 1), (3, 2), (4, 5), (5, 4), (8, 8), (9, 17), (33, 32), (1, 9), (6, 1),
  ]

  @Test(arguments: kinds) func decodesWhatWasStored(_ kind: Kind) throws {
    var generator = SeededGenerator(seed: 25)
    for (width, height) in Self.sizes {
      let most = 1 << kind.bitDepth - 1
      var fixture = PNGFixture(
        width: width, height: height, bitDepth: kind.bitDepth, colorType: kind.colorType,
        samples: (0..<width * height * kind.samplesPerPixel).map { _ in
          // Among few values there are pixels of the transparent color.
          kind.isTransparent && kind.colorType != 3
            ? [0, most][Int.random(in: 0...1, using: &generator)]
            : Int.random(in: 0...most, using: &generator)
        })
      fixture.filters = [4, 3, 2, 1, 0, 2, 4, 1, 3]
      if kind.colorType == 3 {
        fixture.palette = (0..<3 * (most + 1)).map { _ in
          UInt8.random(in: 0...255, using: &generator)
        }
      }
      let color = [most, 0, most]
      if kind.isTransparent {
        fixture.transparency =
          kind.colorType == 3
          ? (0...most).map { _ in UInt8.random(in: 0...255, using: &generator) }
          : color.prefix(kind.samplesPerPixel).flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
      }
      let expected = Self.pixels(fixture, kind, transparent: color)
      for isInterlaced in [false, true] {
        fixture.isInterlaced = isInterlaced
        let image = try PNGImage(fixture.bytes, file: "f")
        #expect(image.channels == kind.channels)
        #expect(
          image.pixels == expected,
          "\(width)×\(height), \(isInterlaced ? "interlaced" : "not interlaced")")
      }
    }
  }

  /// The planes by the rules that are documented, in whole numbers and doubles.
  static func pixels(_ fixture: PNGFixture, _ kind: Kind, transparent: [Int]) -> [UInt8] {
    let most = Double(1 << kind.bitDepth - 1)
    let count = fixture.width * fixture.height
    return (0..<kind.channels).flatMap { channel in
      (0..<count).map { pixel -> UInt8 in
        let stored = (0..<kind.samplesPerPixel).map {
          fixture.samples[pixel * kind.samplesPerPixel + $0]
        }
        func byte(_ sample: Int) -> Double { (Double(sample) * 255 / most).rounded() }
        if kind.colorType == 3 {
          let alpha = kind.isTransparent ? Double(fixture.transparency[stored[0]]) : 255
          return UInt8((Double(fixture.palette[3 * stored[0] + channel]) * alpha / 255).rounded())
        }
        if kind.isTransparent, stored == Array(transparent.prefix(stored.count)) { return 0 }
        let alpha = kind.hasAlpha ? byte(stored.last!) : 255
        return UInt8((byte(stored[channel]) * alpha / 255).rounded())
      }
    }
  }

  /// A transparent color is compared in 16 bits, where several become one byte.
  @Test(arguments: [false, true]) func transparencyOf16BitsIsExact(isInterlaced: Bool) throws {
    var fixture = PNGFixture(width: 3, height: 1, bitDepth: 16, samples: [0x8000, 0x8001, 0x8002])
    fixture.transparency = [0x80, 0x01]
    fixture.isInterlaced = isInterlaced
    #expect(try PNGImage(fixture.bytes, file: "f").pixels == [128, 0, 128])
  }

  /// What libpng refuses and what it would decode wrong, both of 16 bits and interlaced.
  @Test func oddInterlacedImagesOf16BitsAreRefused() {
    var fixture = PNGFixture(width: 3, height: 3, bitDepth: 16, samples: Array(0..<9))
    fixture.isInterlaced = true
    fixture.transparency = [1]
    #expect(
      message { _ = try PNGImage(fixture.bytes, file: "f") }
        == "f: libpng cannot decode it: tRNS: invalid")
    fixture.transparency = []
    let withContentAtTheEnd =
      fixture.bytes.dropLast(12) + PNGFixture.chunk("IEND", [0])
    #expect(
      message { _ = try PNGImage(Array(withContentAtTheEnd), file: "f") }
        == "f: an interlaced image of 16 bits whose chunks are out of order")
  }

  /// What viewers and Pillow pass over.
  @Test func harmlessFaultsArePassedOver() throws {
    let fixture = PNGFixture(width: 2, height: 2, samples: [1, 2, 3, 4])
    let image = try PNGImage(fixture.bytes, file: "f")
    #expect(try PNGImage(fixture.bytes + [10], file: "f") == image)
    #expect(try PNGImage(fixture.bytes + Array(repeating: 0, count: 500), file: "f") == image)
    var comment = PNGFixture.chunk("tEXt", Array("Software\0x".utf8))
    comment[comment.count - 1] ^= 1
    #expect(
      try PNGImage(
        fixture.bytes.prefix(33) + comment + fixture.bytes.dropFirst(33), file: "f") == image)
  }
}
