import Files
import FoundationEssentials

extension CatalogFile {
  /// What distinguishes the file at `path` from this one, or `nil` when it is as good.
  ///
  /// A gzip file of other bytes is as good when its content is known and is the same.
  func difference(at path: String) throws -> String? {
    let difference = try FileDigest(path).difference(from: self)
    guard difference != nil, let contentChecksum else { return difference }
    let bytes = try FileContents.read(path)
    guard Gzip.isGzip(bytes), let found = try? Self.contentDigest(bytes, file: path) else {
      return difference
    }
    return found.matching(contentChecksum) == contentChecksum ? nil : difference
  }

  /// Whether the file is not in `folder`, or another one is.
  func isMissing(in folder: String) throws -> Bool {
    let path = "\(folder)/\(name)"
    return try !FileManager.default.fileExists(atPath: path) || difference(at: path) != nil
  }

  private static func contentDigest(_ bytes: [UInt8], file: String) throws -> FileDigest {
    var inflater = try GzipInflater(bytes, file: file)
    var digest = FileDigest()
    while true {
      let piece = try inflater.read(upTo: 1 << 20)
      if piece.isEmpty { return digest }
      piece.withUnsafeBytes { digest.update($0) }
    }
  }
}
