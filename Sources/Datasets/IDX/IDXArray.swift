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
  /// - Parameter file: the name that errors give.
  /// - Throws: ``DatasetError``, or `GzipError` where the compressed stream is at fault.
  public static func images(_ bytes: [UInt8], file: String) throws -> IDXArray {
    try decode(bytes, expecting: .images, file: file)
  }

  /// Decodes labels from the bytes of a file, plain or gzip as the bytes themselves show.
  ///
  /// - Parameter file: the name that errors give.
  /// - Throws: ``DatasetError``, or `GzipError` where the compressed stream is at fault.
  public static func labels(_ bytes: [UInt8], file: String) throws -> IDXArray {
    try decode(bytes, expecting: .labels, file: file)
  }

  private static func decode(
    _ bytes: [UInt8], expecting content: IDXHeader.Content, file: String
  ) throws -> IDXArray {
    try Gzip.isGzip(bytes)
      ? decodeGzip(bytes, expecting: content, file: file)
      : decodePlain(bytes, expecting: content, file: file)
  }

  private static func decodePlain(
    _ bytes: [UInt8], expecting content: IDXHeader.Content, file: String
  ) throws -> IDXArray {
    var offset = 0
    let header = try IDXHeader(expecting: content, file: file, place: { "byte \($0)" }) { count in
      defer { offset += count }
      return Array(bytes[offset...].prefix(count))
    }
    let shape = Shape(header.dimensions)
    let start = header.byteCount
    let found = bytes.count - start
    guard found >= header.elementCount else {
      throw DatasetError(
        file: file, location: "byte \(start)",
        problem: "shape \(shape) needs \(header.elementCount) bytes, found \(found)")
    }
    guard found == header.elementCount else {
      throw DatasetError(
        file: file, location: "byte \(start + header.elementCount)",
        problem: "expected the end of the file after shape \(shape), "
          + "found \(found - header.elementCount) more bytes")
    }
    return IDXArray(shape: shape, elements: Array(bytes[start...]))
  }

  /// The header bounds what is inflated: not a byte more than it announces is kept, and nothing
  /// is reserved that the compressed bytes could not hold.
  private static func decodeGzip(
    _ bytes: [UInt8], expecting content: IDXHeader.Content, file: String
  ) throws -> IDXArray {
    var inflater = try GzipInflater(bytes, file: file)
    func place(_ byte: Int) -> String { "byte \(byte) of the uncompressed content" }
    var head: [UInt8] = []
    // The inflater cannot be captured, so the header's bytes are taken out beforehand.
    head = try inflater.read(upTo: 4)
    if let rank = head.last, content.ranks.contains(Int(rank)) {
      head += try inflater.read(upTo: 4 * Int(rank))
    }
    var offset = 0
    let header = try IDXHeader(expecting: content, file: file, place: place) { count in
      defer { offset += count }
      return Array(head[min(offset, head.count)...].prefix(count))
    }
    let shape = Shape(header.dimensions)
    let largest = Gzip.largestContent(of: bytes.count)
    guard header.elementCount <= largest else {
      throw DatasetError(
        file: file, location: place(4),
        problem: "shape \(shape) needs \(header.elementCount) bytes, "
          + "\(bytes.count) bytes of gzip can hold \(largest) at most")
    }
    if let elements = Gzip.content(
      of: bytes, count: header.byteCount + header.elementCount, dropping: header.byteCount)
    {
      return IDXArray(shape: shape, elements: elements)
    }
    let elements = try inflater.read(upTo: header.elementCount)
    guard elements.count == header.elementCount else {
      throw DatasetError(
        file: file, location: place(header.byteCount),
        problem: "shape \(shape) needs \(header.elementCount) bytes, found \(elements.count)")
    }
    guard try inflater.reachesEnd() else {
      throw DatasetError(
        file: file, location: place(header.byteCount + header.elementCount),
        problem: "expected the end of the content after shape \(shape), found more")
    }
    return IDXArray(shape: shape, elements: elements)
  }

  /// The largest element: of labels, the last class that occurs.
  var largest: UInt8 { elements.max() ?? 0 }

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
