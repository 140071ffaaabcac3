import CollapseCore
import Files

/// An IDX file whose header has been read and agrees with the file's size: plain, or gzip as its
/// own bytes show.
struct IDXFile {
  let path: String
  let header: IDXHeader
  private let storage: Storage

  private enum Storage {
    case plain(RandomAccessFile)
    case gzip([UInt8])
  }

  /// Content of more bytes is unpacked to the disk.
  private static let mostUnpackedInMemory = 1 << 30
  /// More bytes than any header has.
  private static let longestHeader = 64

  var shape: Shape { Shape(header.dimensions) }

  init(_ path: String, expecting content: IDXHeader.Content) throws {
    self.path = path
    let file = try RandomAccessFile(path)
    let start = try file.bytes(0..<min(file.size, 512))
    if Gzip.isGzip(start) {
      let bytes = try FileContents.read(path)
      header = try IDXContent.gzipHeader(of: bytes, expecting: content, file: path)
      storage = .gzip(bytes)
    } else {
      header = try IDXContent.plainHeader(
        of: start, byteCount: file.size, expecting: content, file: path)
      storage = .plain(file)
    }
  }

  /// How a message names a byte of the content.
  func place(_ byte: Int) -> String {
    if case .gzip = storage { IDXContent.unpackedPlace(byte) } else { "byte \(byte)" }
  }

  /// The elements' bytes.
  func content() throws -> PackedImages.Part.Content {
    switch storage {
    case .plain(let file):
      return .file(RandomAccessBytes(file, header.byteCount..<file.size))
    case .gzip(let bytes):
      guard header.contentByteCount > Self.mostUnpackedInMemory else {
        return .memory(try IDXContent.unpacked(bytes, header, file: path))
      }
      let count = header.byteCount + header.contentByteCount
      let file = try TemporaryStorage.file(ofSize: count, for: path) { write in
        var inflater = try GzipInflater(bytes, file: path)
        var done = 0
        while !inflater.isAtEnd {
          let piece = try inflater.read(upTo: 1 << 20)
          done += piece.count
          if done > count { throw IDXContent.surplus(header, file: path) }
          try piece.withUnsafeBytes(write)
        }
        if done < count {
          throw IDXContent.shortage(header, found: done - header.byteCount, file: path)
        }
      }
      return .file(RandomAccessBytes(file, header.byteCount..<count))
    }
  }

  /// The elements' bytes in memory: labels are few.
  func bytes() throws -> [UInt8] {
    switch try content() {
    case .memory(let bytes): bytes
    case .file(let bytes): try bytes.bytes(0..<bytes.count)
    case .rows: preconditionFailure("an IDX file is bytes from end to end")
    }
  }
}
