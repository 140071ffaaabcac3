import CollapseCore
import Files

/// The chunks of a PNG file, checked: complete, in order, those that are needed with the right
/// checksums, and enough data for the size the header claims.
///
/// What every viewer passes over does no harm: bytes after the end, which cameras and servers
/// append, and wrong checksums of comments, which editors leave behind.
struct PNGChunks {
  let header: PNGHeader
  /// The transparent color, or the alpha of palette entries, where one is given.
  let transparency: Range<Int>?
  /// The content of the palette, where the file has one.
  let palette: Range<Int>?
  /// The contents of the chunks of image data.
  let data: [Range<Int>]
  /// Whether there is a palette where one is needed or may be, of a size it may have and before
  /// the data, no transparent color or one of the right size, and an empty end.
  let isPlain: Bool
  /// The ranges of the chunks libpng is to see, `nil` where that is the whole file.
  ///
  /// Color-space chunks (gAMA, cHRM, iCCP) would have it convert the pixels to sRGB; what is
  /// wanted is what is stored. Comments and the like are left out with them.
  let essential: [Range<Int>]?

  var hasTransparency: Bool { transparency != nil }

  /// The four letters of a chunk's type as a number.
  private enum ChunkType {
    static let palette: UInt32 = 0x504C_5445  // PLTE
    static let transparency: UInt32 = 0x7452_4E53  // tRNS
    static let data: UInt32 = 0x4944_4154  // IDAT
    static let end: UInt32 = 0x4945_4E44  // IEND
  }

  init(_ bytes: UnsafeBufferPointer<UInt8>, file: String) throws(DatasetError) {
    header = try PNGHeader(bytes, file: file)
    var position = PNGHeader.byteCount
    var essential = [0..<position]
    var data: [Range<Int>] = []
    var dataCount = 0
    var palette: Range<Int>?
    var transparency: Range<Int>?
    var isOrderly = true
    var isComplete = false
    while !isComplete {
      let (type, range) = try Self.chunk(at: position, in: bytes, file: file)
      let content = range.lowerBound + 8..<range.upperBound - 4
      var isEssential = true
      switch type {
      case ChunkType.data:
        data.append(content)
        dataCount += content.count
      case ChunkType.palette:
        isOrderly =
          isOrderly && palette == nil && data.isEmpty && content.count % 3 == 0
          && (1...256).contains(content.count / 3)
        palette = content
      case ChunkType.transparency:
        isOrderly =
          isOrderly && transparency == nil && data.isEmpty
          && content.count == header.transparencyByteCount
        transparency = content
      case ChunkType.end:
        isOrderly = isOrderly && content.isEmpty
        isComplete = true
      default:
        // A small first letter: what need not be understood.
        guard type & 0x2000_0000 != 0 else {
          throw DatasetError(
            file: file, location: "byte \(position + 4)",
            problem: "expected a chunk of the PNG specification, "
              + "found '\(Self.name(bytes, position))'")
        }
        isEssential = false
      }
      if isEssential { essential.append(range) }
      position = range.upperBound
    }
    try header.check(compressedCount: dataCount, file: file)
    self.transparency = transparency
    self.palette = palette
    self.data = data
    isPlain =
      isOrderly && (palette != nil ? header.colorType.mayHavePalette : header.colorType != .palette)
    let isWhole = essential.reduce(0) { $0 + $1.count } == bytes.count
    self.essential = isWhole ? nil : essential
  }

  private static func chunk(
    at position: Int, in bytes: UnsafeBufferPointer<UInt8>, file: String
  ) throws(DatasetError) -> (type: UInt32, range: Range<Int>) {
    func problem(at byte: Int, _ text: String) -> DatasetError {
      DatasetError(file: file, location: "byte \(byte)", problem: text)
    }
    func word(_ offset: Int) -> UInt32 {
      UnsafeRawBufferPointer(bytes).loadUnaligned(fromByteOffset: offset, as: UInt32.self).bigEndian
    }
    let left = bytes.count - position
    guard left >= 12 else {
      throw problem(
        at: position, "expected a chunk, of 12 bytes or more, found \(left): cut short")
    }
    let name = bytes[position + 4..<position + 8]
    guard name.allSatisfy({ ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A }) else {
      throw problem(
        at: position + 4,
        "expected the four letters of a chunk's type, found \(Hexadecimal.bytes(name))")
    }
    let length = Int(word(position))
    guard length <= left - 12 else {
      throw problem(
        at: position,
        "chunk \(Self.name(bytes, position)) has \(length) bytes, found \(left - 12): cut short")
    }
    let end = position + 12 + length
    let type = word(position + 4)
    let isPassedOver = type & 0x2000_0000 != 0 && type != ChunkType.transparency
    let checksum = CRC32.checksum(
      of: UnsafeBufferPointer(rebasing: bytes[position + 4..<end - 4]))
    guard isPassedOver || word(end - 4) == checksum else {
      throw problem(
        at: end - 4,
        "the CRC of chunk \(Self.name(bytes, position)) is \(Hexadecimal.word(checksum)), "
          + "expected \(Hexadecimal.word(word(end - 4)))")
    }
    return (type, position..<end)
  }

  /// The type of the chunk at `position` as text.
  private static func name(_ bytes: UnsafeBufferPointer<UInt8>, _ position: Int) -> String {
    String(decoding: bytes[position + 4..<position + 8], as: UTF8.self)
  }
}
