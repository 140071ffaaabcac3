import CPNG

/// One image, gray or RGB, as PNG stores it.
public struct PNGImage: Sendable, Hashable {
  /// Pixels per row.
  public let width: Int
  /// Rows of pixels.
  public let height: Int
  /// 1 for gray, 3 for RGB.
  public let channels: Int
  /// channels × height × width bytes: each plane by rows, one plane after another.
  public let pixels: [UInt8]

  /// - Precondition: 1 or 3 channels, at least one pixel, and as many bytes as these make.
  public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
    precondition(width > 0 && height > 0 && (channels == 1 || channels == 3))
    precondition(pixels.count == channels * height * width)
    self.width = width
    self.height = height
    self.channels = channels
    self.pixels = pixels
  }

  /// Decodes the bytes of a PNG file, of any color type and bit depth, interlaced or not.
  ///
  /// Samples come out as stored, without color-space conversion; 16 bits are rounded to 8;
  /// a palette becomes RGB; what is not opaque is laid on black.
  ///
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - file: the name that errors give.
  /// - Throws: ``DatasetError``, also where the header claims more pixels than the data can hold.
  public init(_ bytes: [UInt8], file: String) throws {
    self = try bytes.withUnsafeBufferPointer { bytes in
      let chunks = try PNGChunks(bytes, file: file)
      let header = chunks.header
      let count = header.channels * header.height * header.width
      let pixels = try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        var decoder = PNGDecoder()
        try decoder.decode(
          bytes, chunks, file: file, channels: header.channels,
          into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
        filled = count
      }
      return PNGImage(
        width: header.width, height: header.height, channels: header.channels, pixels: pixels)
    }
  }

  /// The image as a PNG file of 8 bits per sample.
  public func encoded() -> [UInt8] {
    pixels.withUnsafeBufferPointer {
      Self.encode($0, width: width, height: height, channels: channels)
    }
  }

  /// The planes of one image as a PNG file.
  static func encode(
    _ planes: UnsafeBufferPointer<UInt8>, width: Int, height: Int, channels: Int
  ) -> [UInt8] {
    let plane = width * height
    // libpng takes pixels whose samples lie together.
    let interleaved =
      channels == 1
      ? Array(planes) : (0..<plane * channels).map { planes[$0 % channels * plane + $0 / channels] }
    var image = png_image()
    image.version = UInt32(PNG_IMAGE_VERSION)
    image.width = UInt32(width)
    image.height = UInt32(height)
    image.format = channels == 1 ? 0 : UInt32(PNG_FORMAT_FLAG_COLOR)
    let largest = cpng_largest_encoded_size(image)
    return [UInt8](unsafeUninitializedCapacity: largest) { buffer, count in
      var size = largest
      let done = png_image_write_to_memory(
        &image, buffer.baseAddress, &size, 0, interleaved, 0, nil)
      precondition(done != 0, "libpng cannot write \(width)×\(height)×\(channels) to memory")
      count = size
    }
  }
}
