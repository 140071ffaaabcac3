import CollapseCore
import Files

/// The checks of an IDX file against its header, plain and gzip.
enum IDXContent {
  /// The header of a plain file that begins with `start` and has `byteCount` bytes in all.
  static func plainHeader(
    of start: [UInt8], byteCount: Int, expecting content: IDXHeader.Content, file: String
  ) throws(DatasetError) -> IDXHeader {
    let header = try IDXHeader(start, expecting: content, file: file, place: { "byte \($0)" })
    let found = byteCount - header.byteCount
    guard found >= header.contentByteCount else {
      throw DatasetError(
        file: file, location: "byte \(header.byteCount)",
        problem: "shape \(Shape(header.dimensions)) needs \(header.contentByteCount) bytes, "
          + "found \(found)")
    }
    guard found == header.contentByteCount else {
      throw DatasetError(
        file: file, location: "byte \(header.byteCount + header.contentByteCount)",
        problem: "expected the end of the file after shape \(Shape(header.dimensions)), "
          + "found \(found - header.contentByteCount) more byte"
          + (found - header.contentByteCount == 1 ? "" : "s"))
    }
    return header
  }

  /// The header of gzip data, which bounds what is inflated: nothing is reserved that the
  /// compressed bytes could not hold.
  static func gzipHeader(
    of bytes: [UInt8], expecting content: IDXHeader.Content, file: String
  ) throws -> IDXHeader {
    var inflater = try GzipInflater(bytes, file: file)
    let start = try inflater.read(upTo: 36)
    let header = try IDXHeader(start, expecting: content, file: file, place: unpackedPlace)
    let largest = Gzip.largestContent(of: bytes.count)
    guard header.contentByteCount <= largest else {
      throw DatasetError(
        file: file, location: unpackedPlace(4),
        problem: "shape \(Shape(header.dimensions)) needs \(header.contentByteCount) bytes, "
          + "\(bytes.count) bytes of gzip can hold \(largest) at most")
    }
    return header
  }

  /// The elements of gzip data, not a byte more than its header announces.
  static func unpacked(_ bytes: [UInt8], _ header: IDXHeader, file: String) throws -> [UInt8] {
    let count = header.byteCount + header.contentByteCount
    if let elements = Gzip.content(of: bytes, count: count, dropping: header.byteCount) {
      return elements
    }
    var inflater = try GzipInflater(bytes, file: file)
    _ = try inflater.read(upTo: header.byteCount)
    let elements = try inflater.read(upTo: header.contentByteCount)
    guard elements.count == header.contentByteCount else {
      throw shortage(header, found: elements.count, file: file)
    }
    guard try inflater.reachesEnd() else { throw surplus(header, file: file) }
    return elements
  }

  static func unpackedPlace(_ byte: Int) -> String { "byte \(byte) of the uncompressed content" }

  static func shortage(_ header: IDXHeader, found: Int, file: String) -> DatasetError {
    DatasetError(
      file: file, location: unpackedPlace(header.byteCount),
      problem: "shape \(Shape(header.dimensions)) needs \(header.contentByteCount) bytes, "
        + "found \(found)")
  }

  static func surplus(_ header: IDXHeader, file: String) -> DatasetError {
    DatasetError(
      file: file, location: unpackedPlace(header.byteCount + header.contentByteCount),
      problem: "expected the end of the content after shape \(Shape(header.dimensions)), found more"
    )
  }
}
