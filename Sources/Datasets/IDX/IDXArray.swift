public import CollapseCore
import Files

/// The content of an IDX file of unsigned bytes: MNIST's format of images and of labels.
public struct IDXArray: Sendable, Hashable {
  /// `[N]` for labels, `[N, rows, columns]` or `[N, channels, rows, columns]` for images.
  public let shape: Shape
  /// The elements, the last axis varying fastest.
  public let elements: [UInt8]

  init(shape: Shape, elements: [UInt8]) {
    self.shape = shape
    self.elements = elements
  }

  /// Decodes images from the bytes of a file, plain or gzip as the bytes themselves show.
  ///
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - file: the name that errors give.
  /// - Throws: ``DatasetError``, or `GzipError` where the compressed stream is at fault.
  public static func images(_ bytes: [UInt8], file: String) throws -> IDXArray {
    let (header, content) = try decode(bytes, expecting: .images, file: file)
    return IDXArray(shape: Shape(header.dimensions), elements: content)
  }

  /// Decodes labels from the bytes of a file, plain or gzip as the bytes themselves show: integers
  /// of 8, 16 or 32 bits, or QMNIST's rows of eight, whose first is the class.
  ///
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - file: the name that errors give.
  /// - Throws: ``DatasetError``, or `GzipError` where the compressed stream is at fault.
  public static func labels(_ bytes: [UInt8], file: String) throws -> [Int] {
    let (header, content) = try decode(bytes, expecting: .labels, file: file)
    return try IDXLabels(content, header, file: file, place: { "byte \($0)" }).values
  }

  private static func decode(
    _ bytes: [UInt8], expecting content: IDXHeader.Content, file: String
  ) throws -> (IDXHeader, [UInt8]) {
    if Gzip.isGzip(bytes) {
      let header = try IDXContent.gzipHeader(of: bytes, expecting: content, file: file)
      return (header, try IDXContent.unpacked(bytes, header, file: file))
    }
    let header = try IDXContent.plainHeader(
      of: bytes, byteCount: bytes.count, expecting: content, file: file)
    return (header, Array(bytes[header.byteCount...]))
  }

  /// The bytes of an IDX file of this content, not compressed.
  public func encoded() -> [UInt8] {
    var bytes: [UInt8] = [0, 0, 8, UInt8(shape.rank)]
    bytes.reserveCapacity(4 + 4 * shape.rank + elements.count)
    for size in shape.dimensions {
      withUnsafeBytes(of: UInt32(size).bigEndian) { bytes.append(contentsOf: $0) }
    }
    return bytes + elements
  }
}
