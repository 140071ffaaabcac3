import CTurboJPEG
import CollapseCore

/// What a JPEG file says of itself.
struct JPEGHeader: Sendable, Hashable {
  let size: ImageSize
  let color: Color

  enum Color: Sendable, Hashable {
    case gray
    case rgb
    /// Four inks, stored inverted: as Adobe's programs do, and as Pillow takes all of them to be.
    case cmyk
  }

  var channels: Int { color == .gray ? 1 : 3 }
}

/// Decodes JPEG files to planes of bytes with libjpeg-turbo, as Pillow does with the same library:
/// the accurate inverse transform, smooth upsampling of colors, no turning by EXIF's orientation.
struct JPEGDecoder: ~Copyable {
  private let handle: tjhandle
  private var interleaved: [UInt8] = []

  init() {
    guard let handle = tjInitDecompress() else { fatalError("no memory to decode JPEG") }
    self.handle = handle
  }

  deinit { tjDestroy(handle) }

  /// Reads the header of a file of `fileSize` bytes from its first ones.
  ///
  /// - Throws: ``DatasetError`` where it is malformed, or the image is larger than any that is
  ///   decoded or than the file can hold.
  mutating func header(
    of bytes: [UInt8], fileSize: Int, file: String
  ) throws(DatasetError) -> JPEGHeader {
    var width: Int32 = 0
    var height: Int32 = 0
    var subsampling: Int32 = 0
    var space: Int32 = 0
    let status = tjDecompressHeader3(
      handle, bytes, UInt(bytes.count), &width, &height, &subsampling, &space)
    guard status == 0, width > 0, height > 0 else { throw failure(file) }
    guard Int(width) * Int(height) <= PNGHeader.largestPixelCount else {
      throw DatasetError(
        file: file,
        problem: "expected at most \(PNGHeader.largestPixelCount) pixels, found \(width)×\(height)")
    }
    // A block of 64 pixels takes a bit at least, in the component that has most of them.
    guard Int(width) * Int(height) / 512 <= fileSize else {
      throw DatasetError(
        file: file,
        problem: "\(width)×\(height) pixels do not fit in a JPEG file of \(fileSize) bytes, which "
          + "holds \(512 * fileSize) at most")
    }
    let color: JPEGHeader.Color =
      switch space {
      case Int32(TJCS_GRAY.rawValue): .gray
      case Int32(TJCS_CMYK.rawValue), Int32(TJCS_YCCK.rawValue): .cmyk
      default: .rgb
      }
    return JPEGHeader(size: ImageSize(width: Int(width), height: Int(height)), color: color)
  }

  /// Decodes into `planes`, all of the first channel by rows, then of the next.
  ///
  /// - Precondition: `channels` is 3, or 1 for a gray image, and `planes` has room for them.
  mutating func decode(
    _ bytes: [UInt8], _ header: JPEGHeader, file: String, channels: Int,
    into planes: UnsafeMutableBufferPointer<UInt8>
  ) throws(DatasetError) {
    let plane = header.size.width * header.size.height
    precondition(planes.count == plane * channels && channels >= header.channels)
    let (samples, format): (Int, Int32) =
      switch header.color {
      case .gray: (1, Int32(TJPF_GRAY.rawValue))
      case .rgb: (3, Int32(TJPF_RGB.rawValue))
      case .cmyk: (4, Int32(TJPF_CMYK.rawValue))
      }
    if interleaved.count < plane * samples {
      interleaved = Array(repeating: 0, count: plane * samples)
    }
    let status = interleaved.withUnsafeMutableBufferPointer {
      tjDecompress2(
        handle, bytes, UInt(bytes.count), $0.baseAddress, Int32(header.size.width), 0,
        Int32(header.size.height), format, TJFLAG_ACCURATEDCT)
    }
    guard status == 0 || isHarmless else { throw failure(file) }
    interleaved.withUnsafeBufferPointer { pixels in
      for channel in 0..<channels {
        let target = planes.baseAddress! + channel * plane
        switch header.color {
        case .gray: target.update(from: pixels.baseAddress!, count: plane)
        case .rgb: for pixel in 0..<plane { target[pixel] = pixels[3 * pixel + channel] }
        case .cmyk:
          for pixel in 0..<plane {
            target[pixel] = Self.light(pixels[4 * pixel + channel], pixels[4 * pixel + 3])
          }
        }
      }
    }
  }

  /// What an ink and black, both inverted, leave of the light: ink · black / 255, as Pillow rounds.
  private static func light(_ ink: UInt8, _ black: UInt8) -> UInt8 {
    let product = (255 - Int(ink)) * Int(black) + 128
    return UInt8(max(0, Int(black) - ((product >> 8) + product) >> 8))
  }

  /// Whether all that is wrong is bytes between the segments, which many cameras leave there and
  /// every viewer passes over.
  private var isHarmless: Bool {
    tjGetErrorCode(handle) == Int32(TJERR_WARNING.rawValue) && message.contains("extraneous bytes")
  }

  private var message: String { String(cString: tjGetErrorStr2(handle)) }

  private func failure(_ file: String) -> DatasetError {
    DatasetError(file: file, problem: "libjpeg-turbo cannot decode it: \(message)")
  }
}

/// The library that decodes JPEG.
public enum JPEGLibrary {
  /// The version of libjpeg-turbo this was compiled with, the only one it tells: `2.1.5`.
  public static var version: String { String(cString: cturbojpeg_version()) }
}
