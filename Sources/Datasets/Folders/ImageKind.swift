import CollapseCore

/// The formats of image files that are decoded, told apart by how they begin; names prove nothing.
enum ImageKind: Sendable, Hashable {
  case png
  case jpeg

  init?(_ start: some Collection<UInt8>) {
    if start.starts(with: PNGHeader.signature) {
      self = .png
    } else if start.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else {
      return nil
    }
  }

  /// Whether a file of that name is expected to be one of these.
  static func isExpected(of name: String) -> Bool { hasSuffix(name, [".png", ".jpg", ".jpeg"]) }

  /// Whether a file of that name is an image at all, of whatever format.
  static func isImage(_ name: String) -> Bool {
    isExpected(of: name)
      || hasSuffix(
        name,
        [
          ".gif", ".webp", ".bmp", ".tif", ".tiff", ".ppm", ".pgm", ".pnm", ".jp2", ".avif",
          ".heic",
        ])
  }

  private static func hasSuffix(_ name: String, _ suffixes: [String]) -> Bool {
    // Asked of every file of a folder: small letters first, without a copy of the name.
    if suffixes.contains(where: name.hasSuffix) { return true }
    let name = name.lowercased()
    return suffixes.contains(where: name.hasSuffix)
  }
}

/// The size of an image file and the channels it needs, known before it is decoded.
struct ImageHeader: Sendable, Hashable {
  let kind: ImageKind
  let size: ImageSize
  /// 1 for gray, 3 for color.
  let channels: Int

  /// How many bytes of a file are asked for, for its header to be among them.
  static let byteCount = 1 << 16

  /// Reads the header of a file of `fileSize` bytes that begins with `start`.
  ///
  /// - Parameter rest: the whole file, where `start` does not hold the header.
  init(
    _ start: [UInt8], fileSize: Int, file: String, rest: () throws -> [UInt8]
  ) throws {
    switch ImageKind(start) {
    case .png:
      let header = try start.withUnsafeBufferPointer {
        bytes throws(DatasetError) in try PNGHeader(bytes, file: file)
      }
      // Before memory is set aside: no image may claim more than its file can hold.
      try header.check(compressedCount: fileSize - PNGHeader.byteCount, file: file)
      self.init(kind: .png, size: header.size, channels: header.channels)
    case .jpeg:
      var decoder = JPEGDecoder()
      // Where an embedded preview comes first, the header is further on.
      let isWhole = fileSize == start.count
      if !isWhole, let early = try? decoder.header(of: start, fileSize: fileSize, file: file) {
        self.init(kind: .jpeg, size: early.size, channels: early.channels)
        return
      }
      let bytes = isWhole ? start : try rest()
      let found = try decoder.header(of: bytes, fileSize: fileSize, file: file)
      self.init(kind: .jpeg, size: found.size, channels: found.channels)
    case nil:
      if let remedy = FileContent.remedy(for: start) {
        throw DatasetError(file: file, problem: "expected a PNG or JPEG image; it \(remedy)")
      }
      throw DatasetError(
        file: file, location: "byte 0",
        problem: "expected a PNG image (\(Hexadecimal.bytes(PNGHeader.signature))) or a JPEG image "
          + "(ff d8 ff), found "
          + (start.isEmpty ? "no bytes" : Hexadecimal.bytes(start.prefix(8))))
    }
  }

  init(kind: ImageKind, size: ImageSize, channels: Int) {
    self.kind = kind
    self.size = size
    self.channels = channels
  }
}
