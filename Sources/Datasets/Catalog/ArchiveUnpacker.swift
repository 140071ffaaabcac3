import CollapseCore
import Files
import FoundationEssentials

/// Takes the files of a data set out of its archive, and knows whether that has been done.
struct ArchiveUnpacker {
  let archive: CatalogArchive
  /// Where the files go.
  let folder: String

  private static let sumsName = "SHA256SUMS"

  /// Whether every file is there with the digest it was unpacked with.
  func isDone() throws -> Bool {
    let path = "\(folder)/\(Self.sumsName)"
    guard FileManager.default.fileExists(atPath: path) else { return false }
    let lines = String(decoding: try FileContents.read(path), as: UTF8.self).split(separator: "\n")
    let sums = Set(lines.map(String.init))
    return try archive.members.allSatisfy { member in
      let file = "\(folder)/\(member.fileName)"
      guard FileManager.default.fileExists(atPath: file) else { return false }
      return sums.contains(Self.line(try FileDigest(file), member.fileName))
    }
  }

  /// Unpacks the archive at `path`, each file whole or not at all, and the list of digests last.
  func unpack(_ path: String, _ progress: (FetchEvent) -> Void) throws {
    var lines: [String: String] = [:]
    try forEachMember(of: path) { member, content in
      try AtomicFile.write(content, to: "\(folder)/\(member.fileName)")
      var digest = FileDigest()
      content.withUnsafeBytes { digest.update($0) }
      lines[member.fileName] = Self.line(digest, member.fileName)
      progress(.unpacked(file: member.fileName))
    }
    for member in archive.members where lines[member.fileName] == nil {
      throw DatasetError(file: path, problem: "expected the file '\(member.path)', found none")
    }
    let text = archive.members.map { lines[$0.fileName]! + "\n" }.joined()
    try AtomicFile.write(text, to: "\(folder)/\(Self.sumsName)")
  }

  private func forEachMember(
    of path: String, _ body: (CatalogMember, [UInt8]) throws -> Void
  ) throws {
    switch archive.kind {
    case .tarGzip:
      let members = Dictionary(uniqueKeysWithValues: archive.members.map { ($0.path, $0) })
      var inflater = try GzipInflater(try FileContents.read(path), file: path)
      var reader = TarReader(file: path)
      try reader.forEachFile(
        limit: archive.members.map(\.largestSize).max() ?? 0,
        read: { try inflater.read(upTo: $0) }, where: { members[$0.name] != nil }
      ) { try body(members[$0.name]!, $1) }
    case .zip:
      let zip = try ZipArchive(path)
      let names = Set(zip.entryNames)
      for member in archive.members where names.contains(member.path) {
        try body(member, try zip.read(member.path, limit: member.largestSize))
      }
    }
  }

  /// A line as `sha256sum` writes it.
  private static func line(_ digest: FileDigest, _ name: String) -> String {
    "\(digest.sha256Digits)  \(name)"
  }
}
