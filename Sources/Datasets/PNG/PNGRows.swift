import Files

/// The pixels of PNG files of 8 or 16 bits per sample, interlaced or not.
///
/// Most data sets are made of such files, and they take a fraction of libpng's time, most of which
/// goes into setting up for one small image. Interlaced images of 16 bits must be read here:
/// libpng's simplified reading mixes up their passes.
///
/// Whatever is unusual about a file, right or wrong, is left to libpng to decode or to refuse.
struct PNGRows: ~Copyable {
  private var inflater = WholeInflater()
  /// A row of zeros, above the first of each pass; then each row after a byte for its filter.
  private var buffer: [UInt8] = []
  /// The image in bytes by rows, where the data has it in passes or in samples of 16 bits.
  private var woven: [UInt8] = []
  /// The contents of all chunks IDAT, where there are several.
  private var joined: [UInt8] = []

  /// libpng refuses longer sides.
  private static let longestSide = 1_000_000

  /// Samples by rows, those of a pixel together.
  struct Samples {
    let start: UnsafePointer<UInt8>
    /// Bytes from one row to the next.
    let rowStride: Int
    /// Whether the last sample of each pixel says how opaque it is.
    let hasAlpha: Bool
  }

  /// Restores the rows and hands their samples to `body`.
  ///
  /// - Returns: what `body` does, or `false`, without calling it, where libpng is to read the file.
  mutating func read(
    _ bytes: UnsafeBufferPointer<UInt8>, _ chunks: PNGChunks, _ body: (Samples) -> Bool
  ) -> Bool {
    let header = chunks.header
    guard chunks.isPlain, header.bitDepth >= 8, !chunks.hasTransparency || header.bitDepth == 16,
      max(header.width, header.height) <= Self.longestSide
    else { return false }
    let passes = PNGPass.passes(of: header)
    let step = header.colorType.sampleCount * header.bitDepth / 8
    let longest = header.width * step + 1
    let needed = longest + passes.reduce(0) { $0 + $1.rows * ($1.columns * step + 1) }
    if buffer.count < needed { buffer = Array(repeating: 0, count: needed) }
    let isAsStored = header.bitDepth == 8 && !header.isInterlaced
    return buffer.withUnsafeMutableBufferPointer { buffer in
      let start = buffer.baseAddress!
      let rows = UnsafeMutableBufferPointer(rebasing: buffer[longest..<needed])
      guard Self.inflate(bytes, chunks.data, &joined, &inflater, into: rows) else { return false }
      start.update(repeating: 0, count: longest)
      var position = start + longest
      for pass in passes {
        guard Self.restore(pass, step: step, at: &position, zeros: start) else { return false }
      }
      if isAsStored {
        return body(
          Samples(
            start: start + longest + 1, rowStride: longest, hasAlpha: header.colorType.hasAlpha))
      }
      let transparent = chunks.transparency.map { UnsafeBufferPointer(rebasing: bytes[$0]) }
      let samples = header.colorType.sampleCount + (transparent == nil ? 0 : 1)
      let count = header.pixelCount * samples
      if woven.count < count { woven = Array(repeating: 0, count: count) }
      return woven.withUnsafeMutableBufferPointer { woven in
        var source = UnsafePointer(start + longest)
        for pass in passes {
          Self.weave(pass, header, transparent, from: &source, into: woven.baseAddress!)
        }
        return body(
          Samples(
            start: UnsafePointer(woven.baseAddress!), rowStride: header.width * samples,
            hasAlpha: header.colorType.hasAlpha || transparent != nil))
      }
    }
  }

  /// Undoes the filters of one pass; `false` for a filter there is not.
  private static func restore(
    _ pass: PNGPass, step: Int, at position: inout UnsafeMutablePointer<UInt8>,
    zeros: UnsafePointer<UInt8>
  ) -> Bool {
    let count = pass.columns * step
    var above = zeros
    for _ in 0..<pass.rows {
      guard let filter = PNGFilter(rawValue: position[0]) else { return false }
      filter.restore(position + 1, above: above, count: count, step: step)
      above = UnsafePointer(position + 1)
      position += count + 1
    }
    return true
  }

  /// Puts the pixels of one pass to their places in the image, 16 bits as round(v / 257); with an
  /// alpha of 0 or 255 where one color is transparent.
  private static func weave(
    _ pass: PNGPass, _ header: PNGHeader, _ transparent: UnsafeBufferPointer<UInt8>?,
    from source: inout UnsafePointer<UInt8>, into image: UnsafeMutablePointer<UInt8>
  ) {
    let stored = header.colorType.sampleCount
    let bytesPerSample = header.bitDepth / 8
    let samples = stored + (transparent == nil ? 0 : 1)
    for row in 0..<pass.rows {
      source += 1  // the filter
      var target =
        image + ((pass.firstRow + row * pass.rowStep) * header.width + pass.firstColumn) * samples
      for _ in 0..<pass.columns {
        for sample in 0..<stored {
          if bytesPerSample == 1 {
            target[sample] = source[sample]
          } else {
            let value = Int(source[2 * sample]) << 8 | Int(source[2 * sample + 1])
            target[sample] = UInt8((value * 255 + 32_895) >> 16)
          }
        }
        if let transparent {
          let isTransparent = (0..<stored * bytesPerSample).allSatisfy {
            source[$0] == transparent[$0]
          }
          target[stored] = isTransparent ? 0 : 255
        }
        source += stored * bytesPerSample
        target += pass.columnStep * samples
      }
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
