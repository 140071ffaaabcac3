import Files

/// A file that images or labels were read from.
public struct SourceFile: Sendable, Hashable, Codable {
  /// Where the file is, as it was read.
  public let path: String
  /// Its size in bytes.
  public let byteCount: Int
  /// SHA-256 in hexadecimal; `nil` where ``ReadingOptions/hashesFiles`` was off.
  public let sha256: String?

  init(_ path: String, _ bytes: [UInt8], options: ReadingOptions) {
    self.path = path
    byteCount = bytes.count
    sha256 = options.hashesFiles ? Digest.sha256(bytes) : nil
  }

  /// The file at `path`, read piece by piece to hash it.
  ///
  /// - Throws: `FileError` when it cannot be read.
  public init(hashing path: String) throws { try self.init(at: path, isHashed: true) }

  init(at path: String, isHashed: Bool) throws {
    self.path = path
    if isHashed {
      let digest = try FileDigest(path, withMD5: false)
      byteCount = digest.size
      sha256 = digest.sha256Digits
    } else {
      byteCount = try FileContents.size(path)
      sha256 = nil
    }
  }

  /// One SHA-256 for many files: that of their hexadecimal digests, a line each, in order.
  ///
  /// It does not depend on where the files lie. `nil` where a file has no digest.
  public static func combinedSHA256(_ files: [SourceFile]) -> String? {
    var lines = ""
    for file in files {
      guard let digest = file.sha256 else { return nil }
      lines += "\(digest)\n"
    }
    return Digest.sha256(lines.utf8)
  }
}
