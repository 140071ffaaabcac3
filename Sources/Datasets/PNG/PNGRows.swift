import Files

/// The rows of the PNG files that most data sets are made of: 8 bits per sample, not interlaced,
/// no color transparent. They take a fraction of libpng's time, most of which goes into
/// setting up for one small image.
///
/// Whatever is unusual about a file, right or wrong, is left to libpng to decode or to refuse.
struct PNGRows: ~Copyable {
  private var inflater = WholeInflater()
  /// A row of zeros, above the first; then each row of the image after a byte for its filter.
  private var buffer: [UInt8] = []
  /// The contents of all chunks IDAT, where there are several.
  private var joined: [UInt8] = []

  /// libpng refuses longer sides.
  private static let longestSide = 1_000_000

  /// Restores the rows and hands them to `body`: the first sample of the first, and how many bytes
  /// later the next one starts.
  ///
  /// - Returns: what `body` does, or `false`, without calling it, where libpng is to read the file.
  mutating func read(
    _ bytes: UnsafeBufferPointer<UInt8>, _ chunks: PNGChunks,
    _ body: (_ pixels: UnsafePointer<UInt8>, _ rowStride: Int) -> Bool
  ) -> Bool {
    let header = chunks.header
    guard chunks.isPlain, header.bitDepth == 8, !header.isInterlaced,
      max(header.width, header.height) <= Self.longestSide
    else { return false }
    let step = header.colorType.sampleCount
    let rowCount = header.width * step
    let stride = rowCount + 1
    let needed = stride * (header.height + 1)
    if buffer.count < needed { buffer = Array(repeating: 0, count: needed) }
    return buffer.withUnsafeMutableBufferPointer { buffer in
      let start = buffer.baseAddress!
      let rows = UnsafeMutableBufferPointer(rebasing: buffer[stride..<needed])
      guard Self.inflate(bytes, chunks.data, &joined, &inflater, into: rows) else { return false }
      start.update(repeating: 0, count: stride)
      for row in 1...header.height {
        let position = start + row * stride
        guard let filter = PNGFilter(rawValue: position[0]) else { return false }
        filter.restore(
          position + 1, above: position + 1 - stride, count: rowCount, step: step)
      }
      return body(start + stride + 1, stride)
    }
  }

  private static func inflate(
    _ bytes: UnsafeBufferPointer<UInt8>, _ data: [Range<Int>], _ joined: inout [UInt8],
    _ inflater: inout WholeInflater, into rows: UnsafeMutableBufferPointer<UInt8>
  ) -> Bool {
    func inflate(_ stream: UnsafeBufferPointer<UInt8>) -> Bool {
      // The first byte says how far back the stream may refer, which libdeflate does not heed.
      guard let first = stream.first, 1 << (8 + Int(first >> 4)) >= min(rows.count, 1 << 15)
      else { return false }
      return inflater.inflate(stream, .zlib, into: rows)
    }
    if data.count == 1 { return inflate(UnsafeBufferPointer(rebasing: bytes[data[0]])) }
    joined.removeAll(keepingCapacity: true)
    for range in data { joined += bytes[range] }
    return joined.withUnsafeBufferPointer(inflate)
  }
}
