/// Reads a tar archive as a stream: entry after entry, in one pass.
///
/// ustar, with the long names of pax and GNU. Nothing is written here and nothing is trusted: sizes
/// are checked, content grows only with the bytes that are there, and links, devices and names that
/// would leave the folder are refused by name.
public struct TarReader {
  /// What messages call the archive.
  public let file: String
  private var offset = 0
  /// Long names and extended headers beyond this size are no names.
  private static let largestExtension = 1 << 20

  /// A reader at the start of an archive, which messages call `file`.
  public init(file: String) { self.file = file }

  /// Reads the whole archive.
  ///
  /// - Parameters:
  ///   - limit: the most bytes of content a wanted entry may declare.
  ///   - read: the next bytes of the archive, up to the count asked for; fewer only at its end.
  ///   - wants: whether the content of an entry is asked for; of others it is passed over.
  ///   - body: called with each wanted file and its content.
  /// - Throws: ``TarError``, and what `read` and `body` throw.
  public mutating func forEachFile(
    limit: Int, read: (Int) throws -> [UInt8], where wants: (TarEntry) -> Bool,
    _ body: (TarEntry, [UInt8]) throws -> Void
  ) throws {
    var longName: String?
    var extended: PaxRecords?
    while let header = try nextHeader(read) {
      let start = offset - TarHeader.size
      switch header.kind {
      case .longName:
        longName = try text(of: header, read, at: start)
      case .extended:
        extended = try PaxRecords(try extensionContent(header, read, at: start)) {
          fail($0, at: start)
        }
      case .global, .longLinkName:
        _ = try extensionContent(header, read, at: start)
      case .refused(let what):
        throw fail("'\(longName ?? extended?.path ?? header.name)' is \(what)", at: start)
      case .file, .folder:
        let isFolder = if case .folder = header.kind { true } else { false }
        let stored = extended?.path ?? longName ?? header.name
        let size = extended?.size ?? header.contentSize
        (longName, extended) = (nil, nil)
        let entry = TarEntry(
          name: try safeName(stored, at: start), size: size,
          // What a folder declares as its size is not followed by content.
          isFolder: isFolder)
        if isFolder { continue }
        if wants(entry) {
          guard size <= limit else {
            throw fail("'\(entry.name)' has \(size) bytes, the limit is \(limit)", at: start)
          }
          try body(entry, try content(size, of: entry.name, read))
        } else {
          try skip(size, of: entry.name, read)
        }
        try skip(padding(size), of: entry.name, read)
      }
    }
  }

  /// The next header, or `nil` at the archive's end, which is checked to be one.
  private mutating func nextHeader(_ read: (Int) throws -> [UInt8]) throws -> TarHeader? {
    let start = offset
    let block = try take(TarHeader.size, read)
    guard block.count == TarHeader.size else {
      throw fail(
        "expected a header or the end mark of 512 bytes, found \(block.count)", at: start)
    }
    if block.contains(where: { $0 != 0 }) {
      do {
        return try TarHeader(block)
      } catch {
        throw fail(error.words, at: start)
      }
    }
    // Zeros to the end; reading them also runs the checks of a compressed stream.
    while true {
      let start = offset
      let rest = try take(1 << 16, read)
      if let position = rest.firstIndex(where: { $0 != 0 }) {
        throw fail("expected nothing but zeros after the end mark", at: start + position)
      }
      if rest.count < 1 << 16 { return nil }
    }
  }

  private mutating func text(
    of header: TarHeader, _ read: (Int) throws -> [UInt8], at start: Int
  ) throws -> String {
    let bytes = try extensionContent(header, read, at: start).prefix { $0 != 0 }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw fail("the long name is not UTF-8", at: start)
    }
    return text
  }

  private mutating func extensionContent(
    _ header: TarHeader, _ read: (Int) throws -> [UInt8], at start: Int
  ) throws -> [UInt8] {
    guard header.contentSize <= Self.largestExtension else {
      throw fail(
        "an extended header of \(header.contentSize) bytes, the limit is \(Self.largestExtension)",
        at: start)
    }
    let bytes = try content(header.contentSize, of: header.name, read)
    try skip(padding(header.contentSize), of: header.name, read)
    return bytes
  }

  private mutating func content(
    _ size: Int, of name: String, _ read: (Int) throws -> [UInt8]
  ) throws -> [UInt8] {
    let start = offset
    let bytes = try take(size, read)
    guard bytes.count == size else {
      throw fail("'\(name)' has \(size) bytes, found \(bytes.count)", at: start)
    }
    return bytes
  }

  private mutating func skip(
    _ size: Int, of name: String, _ read: (Int) throws -> [UInt8]
  ) throws {
    var left = size
    while left > 0 {
      left -= try content(min(left, 1 << 20), of: name, read).count
    }
  }

  private mutating func take(_ count: Int, _ read: (Int) throws -> [UInt8]) throws -> [UInt8] {
    let bytes = count == 0 ? [] : try read(count)
    offset += bytes.count
    return bytes
  }

  /// Content is filled up to whole blocks.
  private func padding(_ size: Int) -> Int { (512 - size % 512) % 512 }

  private func safeName(_ stored: String, at start: Int) throws -> String {
    switch TarEntry.safeName(stored) {
    case .success(let name): return name
    case .failure(let problem): throw fail("the name '\(stored)' \(problem.words)", at: start)
    }
  }

  private func fail(_ problem: String, at byte: Int) -> TarError {
    TarError(file: file, byte: byte, problem: problem)
  }
}
