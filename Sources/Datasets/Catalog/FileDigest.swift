import CollapseCore
import Files

/// The size and the digests of a file, computed in one pass and in bounded memory.
struct FileDigest {
  private(set) var size = 0
  private let sha256 = Digest(.sha256)
  /// `nil` where only SHA-256 is wanted, which is half the time, or the system has none.
  private let md5: Digest?

  /// - Throws: `FileError` when the file cannot be read.
  init(_ path: String, withMD5: Bool = true) throws(FileError) {
    md5 = withMD5 ? Digest(.md5) : nil
    let file = try RandomAccessFile(path)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    defer { buffer.deallocate() }
    while size < file.size {
      let piece = UnsafeMutableRawBufferPointer(
        rebasing: buffer[..<min(buffer.count, file.size - size)])
      try file.read(at: size, into: piece)
      update(UnsafeRawBufferPointer(piece))
    }
  }

  init() { md5 = Digest(.md5) }

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    size += bytes.count
    sha256?.update(bytes)
    md5?.update(bytes)
  }

  /// The digest of the same sort as `checksum`.
  func matching(_ checksum: Checksum) -> Checksum {
    switch checksum {
    case .md5: .md5(md5?.digits ?? "none, as this system's libcrypto does without MD5")
    case .sha256: .sha256(sha256Digits)
    }
  }

  var sha256Digits: String { sha256?.digits ?? "" }

  /// What distinguishes the file from `file`, or `nil` when it is that file.
  func difference(from file: CatalogFile) -> String? {
    if let expected = file.size, expected != size {
      return "expected \(expected) bytes, found \(size)"
    }
    for expected in file.checksums where matching(expected) != expected {
      return "expected \(expected), found \(matching(expected))"
    }
    return nil
  }
}
