import Files

/// The chunks of a PNG file, checked: complete, in order, with the right checksums, and enough
/// data for the size the header claims.
struct PNGChunks {
  let header: PNGHeader
  /// Whether a transparent color or the alpha of palette entries is given.
  let hasTransparency: Bool
  /// The ranges of the chunks libpng is to see, `nil` where that is the whole file.
  ///
  /// Color-space chunks (gAMA, cHRM, iCCP) would have it convert the pixels to sRGB; what is
  /// wanted is what is stored. Comments and the like are left out with them.
  let essential: [Range<Int>]?

  private static let decoded: Set<String> = ["IHDR", "PLTE", "tRNS", "IDAT", "IEND", "sRGB"]

  init(_ bytes: UnsafeBufferPointer<UInt8>, file: String) throws(DatasetError) {
    header = try PNGHeader(bytes, file: file)
    var position = PNGHeader.byteCount
    var essential = [0..<position]
    var dataCount = 0
    var hasTransparency = false
    var isComplete = false
    while !isComplete {
      let chunk = try Self.chunk(at: position, in: bytes, file: file)
      switch chunk.type {
      case "IDAT": dataCount += chunk.range.count - 12
      case "tRNS": hasTransparency = true
      case "IEND": isComplete = true
      case "PLTE",
        _ where chunk.type.first!.isLowercase:
        break
      default:
        throw DatasetError(
          file: file, location: "byte \(position + 4)",
          problem: "expected a chunk of the PNG specification, found '\(chunk.type)'")
      }
      if Self.decoded.contains(chunk.type) { essential.append(chunk.range) }
      position = chunk.range.upperBound
    }
    guard position == bytes.count else {
      throw DatasetError(
        file: file, location: "byte \(position)",
        problem: "expected the end of the file after chunk IEND, "
          + "found \(bytes.count - position) more bytes")
    }
    try header.check(compressedCount: dataCount, file: file)
    self.hasTransparency = hasTransparency
    let isWhole = essential.reduce(0) { $0 + $1.count } == bytes.count
    self.essential = isWhole ? nil : essential
  }

  private static func chunk(
    at position: Int, in bytes: UnsafeBufferPointer<UInt8>, file: String
  ) throws(DatasetError) -> (type: String, range: Range<Int>) {
    func problem(at byte: Int, _ text: String) -> DatasetError {
      DatasetError(file: file, location: "byte \(byte)", problem: text)
    }
    func word(_ offset: Int) -> Int {
      Int(bytes[offset]) << 24 | Int(bytes[offset + 1]) << 16 | Int(bytes[offset + 2]) << 8
        | Int(bytes[offset + 3])
    }
    let left = bytes.count - position
    guard left >= 12 else {
      throw problem(
        at: position, "expected a chunk, of 12 bytes or more, found \(left): cut short")
    }
    let name = bytes[position + 4..<position + 8]
    guard name.allSatisfy({ ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A }) else {
      throw problem(
        at: position + 4, "expected the four letters of a chunk's type, found \(hexadecimal(name))")
    }
    let type = String(decoding: name, as: UTF8.self)
    let length = word(position)
    guard length <= left - 12 else {
      throw problem(
        at: position, "chunk \(type) has \(length) bytes, found \(left - 12): cut short")
    }
    let end = position + 12 + length
    let checksum = CRC32.checksum(
      of: UnsafeBufferPointer(rebasing: bytes[position + 4..<end - 4]))
    guard word(end - 4) == Int(checksum) else {
      throw problem(
        at: end - 4,
        "the CRC of chunk \(type) is \(hexadecimal(word: Int(checksum))), "
          + "expected \(hexadecimal(word: word(end - 4)))")
    }
    return (type, position..<end)
  }
}
