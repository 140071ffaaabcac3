import CPNG
import Files

/// Decodes PNG files to planes of bytes, reusing its buffers from one to the next.
///
/// Samples come out as they are stored, whatever color space the file names: 1, 2 and 4 bits are
/// stretched to 0...255, 16 bits become round(v / 257), a palette its colors, and pixels that are
/// not opaque are laid on black, round(v · alpha / 255) per sample. Gray becomes three equal
/// channels where three are wanted.
struct PNGDecoder: ~Copyable {
  private var rows = PNGRows()
  private var interleaved: [UInt8] = []

  /// Decodes into `planes`, all of the first channel by rows, then of the next.
  ///
  /// - Precondition: `channels` is 3, or 1 for a gray image, and `planes` has room for them.
  mutating func decode(
    _ bytes: UnsafeBufferPointer<UInt8>, _ chunks: PNGChunks, file: String, channels: Int,
    into planes: UnsafeMutableBufferPointer<UInt8>
  ) throws {
    precondition(
      planes.count == chunks.header.pixelCount * channels && channels >= chunks.header.channels)
    if decodeRows(bytes, chunks, channels: channels, into: planes) { return }
    if let essential = chunks.essential {
      let stripped = essential.flatMap { bytes[$0] }
      try stripped.withUnsafeBufferPointer {
        try decodeWhole($0, chunks, file: file, channels: channels, into: planes)
      }
    } else {
      try decodeWhole(bytes, chunks, file: file, channels: channels, into: planes)
    }
    // Of such an image libpng's refusal can be believed, its pixels cannot.
    guard chunks.header.bitDepth < 16 || !chunks.header.isInterlaced else {
      throw DatasetError(
        file: file, problem: "an interlaced image of 16 bits whose chunks are out of order")
    }
  }

  /// Decodes without libpng, where the file is of the kind ``PNGRows`` reads.
  private mutating func decodeRows(
    _ bytes: UnsafeBufferPointer<UInt8>, _ chunks: PNGChunks, channels: Int,
    into planes: UnsafeMutableBufferPointer<UInt8>
  ) -> Bool {
    let header = chunks.header
    return rows.read(bytes, chunks) { samples in
      if header.colorType == .palette, let palette = chunks.palette {
        let colors = UnsafeBufferPointer(rebasing: bytes[palette])
        return Self.look(
          up: samples.start, header, rowStride: samples.rowStride, in: colors, into: planes)
      }
      Self.separate(
        samples.start, header, rowStride: samples.rowStride, hasAlpha: samples.hasAlpha,
        channels: channels, into: planes)
      return true
    }
  }

  private mutating func decodeWhole(
    _ bytes: UnsafeBufferPointer<UInt8>, _ chunks: PNGChunks, file: String, channels: Int,
    into planes: UnsafeMutableBufferPointer<UInt8>
  ) throws {
    let header = chunks.header
    let hasAlpha = chunks.hasTransparency || header.colorType.hasAlpha
    let samples = header.channels + (hasAlpha ? 1 : 0)
    if samples == 1, channels == 1 {
      return try Self.read(bytes, header, hasAlpha: false, file: file, into: planes)
    }
    let needed = header.pixelCount * samples
    if interleaved.count < needed { interleaved = Array(repeating: 0, count: needed) }
    try interleaved.withUnsafeMutableBufferPointer { buffer in
      let pixels = UnsafeMutableBufferPointer(rebasing: buffer[..<needed])
      try Self.read(bytes, header, hasAlpha: hasAlpha, file: file, into: pixels)
      Self.separate(
        UnsafePointer(pixels.baseAddress!), header, rowStride: header.width * samples,
        hasAlpha: hasAlpha, channels: channels, into: planes)
    }
  }

  /// Takes the samples of each pixel apart, laying what is not opaque on black.
  private static func separate(
    _ pixels: UnsafePointer<UInt8>, _ header: PNGHeader, rowStride: Int, hasAlpha: Bool,
    channels: Int, into planes: UnsafeMutableBufferPointer<UInt8>
  ) {
    let samples = header.channels + (hasAlpha ? 1 : 0)
    let width = header.width
    for channel in 0..<channels {
      // Where three channels are made of gray, all are the first.
      let first = header.channels == 1 ? 0 : channel
      for row in 0..<header.height {
        let source = pixels + row * rowStride
        let target = planes.baseAddress! + channel * header.pixelCount + row * width
        if hasAlpha {
          for x in 0..<width {
            let alpha = Int(source[x * samples + samples - 1])
            target[x] = UInt8((Int(source[x * samples + first]) * alpha + 127) / 255)
          }
        } else if samples == 1 {
          target.update(from: source, count: width)
        } else {
          for x in 0..<width { target[x] = source[x * samples + first] }
        }
      }
    }
  }

  /// The colors of a palette in place of their numbers, where it has them all.
  private static func look(
    up pixels: UnsafePointer<UInt8>, _ header: PNGHeader, rowStride: Int,
    in palette: UnsafeBufferPointer<UInt8>, into planes: UnsafeMutableBufferPointer<UInt8>
  ) -> Bool {
    var largest: UInt8 = 0
    for row in 0..<header.height {
      let source = UnsafeBufferPointer(start: pixels + row * rowStride, count: header.width)
      for number in source { largest = max(largest, number) }
    }
    guard Int(largest) < palette.count / 3 else { return false }
    for channel in 0..<3 {
      for row in 0..<header.height {
        let source = pixels + row * rowStride
        let target = planes.baseAddress! + channel * header.pixelCount + row * header.width
        for x in 0..<header.width { target[x] = palette[Int(source[x]) * 3 + channel] }
      }
    }
    return true
  }

  /// libpng's simplified reading: no error leaves it by a jump.
  private static func read(
    _ bytes: UnsafeBufferPointer<UInt8>, _ header: PNGHeader, hasAlpha: Bool, file: String,
    into pixels: UnsafeMutableBufferPointer<UInt8>
  ) throws(DatasetError) {
    var image = png_image()
    image.version = UInt32(PNG_IMAGE_VERSION)
    defer { png_image_free(&image) }
    guard png_image_begin_read_from_memory(&image, bytes.baseAddress, bytes.count) != 0 else {
      throw failure(image, file: file)
    }
    // Without it libpng would take 16-bit samples for linear light and convert them.
    image.flags |= UInt32(PNG_IMAGE_FLAG_16BIT_sRGB)
    image.format =
      (header.channels == 3 ? UInt32(PNG_FORMAT_FLAG_COLOR) : 0)
      | (hasAlpha ? UInt32(PNG_FORMAT_FLAG_ALPHA) : 0)
    guard png_image_finish_read(&image, nil, pixels.baseAddress, 0, nil) != 0 else {
      throw failure(image, file: file)
    }
    // A warning here means that rows were wrong or missing, or data left over.
    guard image.warning_or_error == 0 else { throw failure(image, file: file) }
  }

  private static func failure(_ image: png_image, file: String) -> DatasetError {
    var message = image.message
    let text = withUnsafeBytes(of: &message) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    return DatasetError(file: file, problem: "libpng cannot decode it: \(text)")
  }
}
