import CollapseCore
import Files

/// The first chunk of a PNG file: the size of the image and how its pixels are stored.
struct PNGHeader: Hashable {
  enum ColorType: UInt8 {
    case gray = 0
    case rgb = 2
    case palette = 3
    case grayAlpha = 4
    case rgba = 6

    /// Samples per pixel as stored.
    var sampleCount: Int {
      switch self {
      case .gray, .palette: 1
      case .grayAlpha: 2
      case .rgb: 3
      case .rgba: 4
      }
    }

    /// Whether the last sample of a pixel says how opaque it is.
    var hasAlpha: Bool { self == .grayAlpha || self == .rgba }

    /// Whether a palette may be there: RGB may have one for screens of few colors.
    var mayHavePalette: Bool { self == .palette || self == .rgb || self == .rgba }

    /// The bit depths the PNG specification allows.
    var bitDepths: [Int] {
      switch self {
      case .gray: [1, 2, 4, 8, 16]
      case .palette: [1, 2, 4, 8]
      case .rgb, .grayAlpha, .rgba: [8, 16]
      }
    }
  }

  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
  /// Bytes of the signature and the header chunk.
  static let byteCount = 33
  /// The most pixels of one image that are decoded: 16 384 × 16 384.
  static let largestPixelCount = 1 << 28

  let width: Int
  let height: Int
  let bitDepth: Int
  let colorType: ColorType
  let isInterlaced: Bool

  /// The channels this image needs: 1 for gray, 3 for color and for a palette.
  var channels: Int { colorType == .gray || colorType == .grayAlpha ? 1 : 3 }
  /// Below 2²⁸ once ``check(compressedCount:file:)`` has passed.
  var pixelCount: Int { width * height }
  var size: ImageSize { ImageSize(width: width, height: height) }
  /// Bytes of a transparent color, 16 bits per sample whatever the depth; `nil` where none may be
  /// given, or a value for each color of the palette.
  var transparencyByteCount: Int? {
    colorType == .gray ? 2 : colorType == .rgb ? 6 : nil
  }
  /// Bytes of the pixels as stored, without the filter byte before each row.
  private var storedByteCount: Int {
    height * ((width * bitDepth * colorType.sampleCount + 7) / 8)
  }

  /// Reads the header from the first bytes of a file.
  init(_ bytes: UnsafeBufferPointer<UInt8>, file: String) throws(DatasetError) {
    func problem(at byte: Int, _ text: String) -> DatasetError {
      DatasetError(file: file, location: "byte \(byte)", problem: text)
    }
    func word(_ offset: Int) -> Int {
      bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    guard bytes.prefix(8).elementsEqual(Self.signature) else {
      throw problem(
        at: 0,
        "expected the signature of PNG (\(Hexadecimal.bytes(Self.signature))), "
          + "found \(bytes.isEmpty ? "no bytes" : Hexadecimal.bytes(bytes.prefix(8)))")
    }
    guard bytes.count >= Self.byteCount else {
      throw problem(
        at: 8, "expected a header chunk of 25 bytes, found \(bytes.count - 8): cut short")
    }
    guard word(8) == 13, bytes[12..<16].elementsEqual("IHDR".utf8) else {
      throw problem(
        at: 8,
        "expected a chunk IHDR of 13 bytes (\(Hexadecimal.bytes([0, 0, 0, 13] + Array("IHDR".utf8)))), "
          + "found \(Hexadecimal.bytes(bytes[8..<16]))")
    }
    let checksum = CRC32.checksum(of: UnsafeBufferPointer(rebasing: bytes[12..<29]))
    guard word(29) == Int(checksum) else {
      throw problem(
        at: 29,
        "the CRC of chunk IHDR is \(Hexadecimal.word(checksum)), "
          + "expected \(Hexadecimal.word(UInt32(word(29))))")
    }
    width = word(16)
    height = word(20)
    guard width > 0, height > 0, width < 1 << 31, height < 1 << 31 else {
      throw problem(at: 16, "expected 1 to 2147483647 pixels each way, found \(width)×\(height)")
    }
    guard let colorType = ColorType(rawValue: bytes[25]) else {
      throw problem(at: 25, "expected color type 0, 2, 3, 4 or 6, found \(bytes[25])")
    }
    self.colorType = colorType
    bitDepth = Int(bytes[24])
    guard colorType.bitDepths.contains(bitDepth) else {
      throw problem(
        at: 24,
        "color type \(colorType.rawValue) has bit depth "
          + colorType.bitDepths.map(String.init).joined(separator: ", ") + ", found \(bitDepth)")
    }
    guard bytes[26] == 0, bytes[27] == 0, bytes[28] <= 1 else {
      throw problem(
        at: 26,
        "expected compression 00, filter 00 and interlace 00 or 01, "
          + "found \(Hexadecimal.bytes(bytes[26..<29]))")
    }
    isInterlaced = bytes[28] == 1
  }

  /// Refuses a size that `compressedCount` bytes cannot hold, before anything is allocated for it.
  func check(compressedCount: Int, file: String) throws(DatasetError) {
    // Below 2⁶² pixels of at most 64 bits: the bytes of a row fit, those of all rows may not.
    let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
    let largest = Gzip.largestContent(of: compressedCount)
    let problem: String? =
      if overflow || pixels > largest * 8 || storedByteCount > largest {
        "\(width)×\(height) pixels of \(bitDepth * colorType.sampleCount) bits do not fit "
          + "in \(compressedCount) bytes of compressed data, which hold \(largest) at most"
      } else if pixels > Self.largestPixelCount {
        "expected at most \(Self.largestPixelCount) pixels, found \(width)×\(height)"
      } else {
        nil
      }
    if let problem { throw DatasetError(file: file, location: "byte 16", problem: problem) }
  }
}
