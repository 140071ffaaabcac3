import CPNG
import Files

/// Decodes PNG files to planes of bytes, reusing its buffers from one to the next.
///
/// Samples come out as they are stored, whatever color space the file names: 1, 2 and 4 bits are
/// stretched to 0...255, 16 bits become round(v / 257), a palette its colors, and pixels that are
/// not opaque are laid on black, round(v · alpha / 255) per sample. Gray becomes three equal
/// channels where three are wanted.
struct PNGDecoder {
  private var interleaved: [UInt8] = []

  /// Decodes into `planes`, all of the first channel by rows, then of the next.
  ///
  /// - Precondition: `channels` is 3, or 1 for a gray image, and `planes` has room for them.
  mutating func decode(
    _ bytes: UnsafeBufferPointer<UInt8>, _ chunks: PNGChunks, file: String, channels: Int,
    into planes: UnsafeMutableBufferPointer<UInt8>
  ) throws {
    guard let essential = chunks.essential else {
      return try decodeWhole(bytes, chunks, file: file, channels: channels, into: planes)
    }
    let stripped = essential.flatMap { bytes[$0] }
    try stripped.withUnsafeBufferPointer {
      try decodeWhole($0, chunks, file: file, channels: channels, into: planes)
    }
  }

  private mutating func decodeWhole(
    _ bytes: UnsafeBufferPointer<UInt8>, _ chunks: PNGChunks, file: String, channels: Int,
    into planes: UnsafeMutableBufferPointer<UInt8>
  ) throws {
    let header = chunks.header
    let pixelCount = header.width * header.height
    precondition(planes.count == pixelCount * channels && channels >= header.channels)
    let hasAlpha =
      chunks.hasTransparency || header.colorType == .grayAlpha || header.colorType == .rgba
    let samples = header.channels + (hasAlpha ? 1 : 0)
    if samples == 1, channels == 1 {
      return try Self.read(bytes, header, hasAlpha: false, file: file, into: planes)
    }
    let needed = pixelCount * samples
    if interleaved.count < needed { interleaved = Array(repeating: 0, count: needed) }
    try interleaved.withUnsafeMutableBufferPointer { buffer in
      let pixels = UnsafeMutableBufferPointer(rebasing: buffer[..<needed])
      try Self.read(bytes, header, hasAlpha: hasAlpha, file: file, into: pixels)
      for channel in 0..<channels {
        // Where three channels are made of gray, all are the first.
        let first = header.channels == 1 ? 0 : channel
        let plane = planes.baseAddress! + channel * pixelCount
        if hasAlpha {
          for pixel in 0..<pixelCount {
            let alpha = Int(pixels[pixel * samples + samples - 1])
            plane[pixel] = UInt8((Int(pixels[pixel * samples + first]) * alpha + 127) / 255)
          }
        } else {
          for pixel in 0..<pixelCount { plane[pixel] = pixels[pixel * samples + first] }
        }
      }
    }
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
