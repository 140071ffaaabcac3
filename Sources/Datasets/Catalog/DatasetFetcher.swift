import CollapseCore
import Files
import FoundationEssentials

/// Downloads data sets of the ``Catalog``, verifies them, and puts them in place.
///
/// A file stands under its name only once its size and checksums agree. What is there and right is
/// left alone; what is half there, as `<name>.partial`, is gone on with. Mirrors are tried in order;
/// a connection that breaks in the middle is asked for the rest before the next mirror is.
public struct DatasetFetcher: Sendable {
  /// An address to append file names to, in place of the catalog's mirrors.
  public var mirror: String?
  /// Seconds without a byte after which a server is given up.
  public var timeout: Double

  /// How often one mirror is asked for the rest after a broken connection.
  private static let resumptions = 5

  /// A fetcher from the catalog's mirrors, or from `mirror` alone.
  public init(mirror: String? = nil, timeout: Double = 30) {
    self.mirror = mirror
    self.timeout = timeout
  }

  /// Brings the data set into `folder`, and returns the path of its own folder there.
  ///
  /// Blocks until all is done. Beside the data it writes `classes.txt`, the class names where the
  /// data has none, and for an unpacked archive `SHA256SUMS`, by which the files are known again
  /// (`sha256sum -c` reads it).
  ///
  /// - Parameters:
  ///   - entry: which data set.
  ///   - folder: the folder that holds data sets, `data`; the data set goes to `data/<name>`.
  ///   - progress: called with each ``FetchEvent``, from any thread.
  /// - Throws: ``FetchError`` when no mirror gives a file; `FileError` when one cannot be written;
  ///   ``DatasetError`` when the mirror is no address or an archive lacks a file.
  @discardableResult
  public func fetch(
    _ entry: CatalogEntry, into folder: String,
    progress: @escaping @Sendable (FetchEvent) -> Void = { _ in }
  ) throws -> String {
    let target = entry.path(in: folder)
    try createFolder(target)
    switch entry.contents {
    case .files(let files):
      for file in files { try obtain(file, of: entry, in: target, progress) }
      try AtomicFile.write(
        try ClassNames.text(entry.classNames, for: target), to: "\(target)/\(ClassNames.fileName)")
    case .archive(let archive):
      let unpacker = ArchiveUnpacker(archive: archive, folder: target)
      if try unpacker.isDone() {
        for name in entry.fileNames { progress(.present(file: name)) }
        break
      }
      let store = archive.sharedFolder.map { "\(folder)/\($0)" } ?? target
      try createFolder(store)
      try obtain(archive.file, of: entry, in: store, progress)
      try unpacker.unpack("\(store)/\(archive.file.name)", progress)
      if archive.sharedFolder == nil {
        try FileManager.default.removeItem(atPath: "\(store)/\(archive.file.name)")
      }
    }
    return target
  }

  /// Makes sure that the right `file` stands in `folder`.
  private func obtain(
    _ file: CatalogFile, of entry: CatalogEntry, in folder: String,
    _ progress: @escaping @Sendable (FetchEvent) -> Void
  ) throws {
    let path = "\(folder)/\(file.name)"
    var attempts: [FetchError.Attempt] = []
    if FileManager.default.fileExists(atPath: path) {
      guard let difference = try file.difference(at: path) else {
        progress(.present(file: file.name))
        return
      }
      progress(.unexpected(file: file.name, difference: difference))
      attempts.append(FetchError.Attempt(url: path, reason: difference))
    }
    let partial = try PartialFile(for: path)
    defer { partial.discardIfEmpty() }
    for url in try addresses(of: file, entry) {
      do {
        try download(file, from: url, to: partial, progress)
        try partial.finish()
        progress(.verified(file: file.name))
        return
      } catch let failure as HTTPTransfer.Failure {
        attempts.append(FetchError.Attempt(url: url.absoluteString, reason: failure.reason))
      }
    }
    throw FetchError(
      dataset: entry.name, file: file.name, attempts: attempts, folder: folder,
      missing: try entry.downloads.filter { try $0.isMissing(in: folder) })
  }

  /// Fills `partial` from one mirror, and checks what came.
  private func download(
    _ file: CatalogFile, from url: URL, to partial: PartialFile,
    _ progress: @escaping @Sendable (FetchEvent) -> Void
  ) throws {
    var resumptionsLeft = Self.resumptions
    while true {
      if let size = file.size, partial.count > size { try partial.restart() }
      let start = partial.count
      do {
        if file.size == nil || partial.count != file.size {
          progress(.started(file: file.name, url: url.absoluteString, resumedAt: start))
          try HTTPTransfer.append(
            url, to: partial, expectedSize: file.size, timeout: timeout
          ) { progress(.received(file: file.name, done: $0, total: $1)) }
        }
        guard let difference = try FileDigest(partial.path).difference(from: file) else { return }
        try partial.restart()
        // What was there before may have been the wrong part: once more, from the start.
        throw HTTPTransfer.Failure(
          reason: "sends another file: \(difference)", isInterruption: start > 0)
      } catch let failure as HTTPTransfer.Failure {
        progress(
          .failed(file: file.name, url: url.absoluteString, reason: failure.reason))
        guard failure.isInterruption, resumptionsLeft > 0 else { throw failure }
        resumptionsLeft -= 1
      }
    }
  }

  private func addresses(of file: CatalogFile, _ entry: CatalogEntry) throws -> [URL] {
    try (mirror.map { [$0] } ?? entry.mirrors).map { base in
      let address = base.hasSuffix("/") ? base + file.name : "\(base)/\(file.name)"
      guard let root = URL(string: base), ["http", "https"].contains(root.scheme),
        root.host?.isEmpty == false, let url = URL(string: address)
      else {
        throw DatasetError(
          file: base, problem: "expected a mirror's address, https://host/folder/", kind: .usage)
      }
      return url
    }
  }

  private func createFolder(_ path: String) throws(FileError) {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw FileError(
        kind: .cannotWrite, operation: "create the folder", path: path,
        reason: (error as? CocoaError)?.code == .fileWriteNoPermission
          ? "permission denied" : "a file is in its place or the disk refuses")
    }
  }
}
