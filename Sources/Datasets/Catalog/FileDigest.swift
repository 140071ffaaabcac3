import CollapseCore
import Files
import LibC

/// The size and the digests of a file, computed in one pass and in bounded memory.
struct FileDigest {
  private(set) var size = 0
  private let sha256 = Digest(.sha256)
  private let md5 = Digest(.md5)

  /// - Throws: `FileError` when the file cannot be read.
  init(_ path: String) throws(FileError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.failure(path) }
    defer { _ = close(descriptor) }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let got = read(descriptor, buffer.baseAddress!, buffer.count)
      if got < 0 {
        if errno == EINTR { continue }
        throw Self.failure(path)
      }
      if got == 0 { return }
      update(UnsafeRawBufferPointer(rebasing: buffer[..<got]))
    }
  }

  init() {}

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

  private static func failure(_ path: String) -> FileError {
    FileError(
      kind: errno == ENOENT ? .missingInput : .badInput, operation: "read", path: path,
      reason: errno == ENOENT ? "it does not exist" : String(cString: strerror(errno)))
  }
}
