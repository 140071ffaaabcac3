import CZip
import Synchronization

/// A zip archive open for reading: zip64 or not, entries stored or deflated.
///
/// Opening it reads the directory and refuses an archive that lies: entries outside the file,
/// entries that share bytes, sizes that the bytes there cannot unpack to, two entries of one
/// name. Deflated entries are unpacked by libzip, calls from several threads by turns. The CRC of
/// every entry is checked before its bytes are given out, but for the first of a large one, unless
/// the archive has none: PyTorch can be told to leave them all 0.
public final class ZipArchive: Sendable {
  /// Where the archive is, as the caller named it.
  public let path: String
  /// The entries, folders included, in the order of the archive's directory.
  public let entries: [ZipEntry]
  /// The archive itself, for reading stored entries in place.
  public let file: RandomAccessFile
  private let positions: [String: Int]
  private let library: Mutex<LibraryHandle>
  private let hasChecksums: Bool
  /// For each entry, whether it is stored and its CRC was found right.
  private let intact: [Intactness]

  /// Opens the archive at `path`.
  ///
  /// - Throws: ``FileError`` when the file is missing or is no sound archive.
  public init(_ path: String) throws(FileError) {
    let file = try RandomAccessFile(path)
    let directory = try ZipDirectory(file)
    let handle = try LibraryHandle(file)
    var entries = directory.entries
    var positions: [String: Int] = [:]
    for index in entries.indices {
      entries[index].name = try handle.name(of: index, agreeingWith: entries[index], file)
      guard positions.updateValue(index, forKey: entries[index].name) == nil else {
        throw file.fault("two entries are named '\(entries[index].name)'")
      }
    }
    guard handle.entryCount == entries.count else {
      throw file.fault(
        "libzip finds \(handle.entryCount) entries, its directory \(entries.count)")
    }
    self.path = path
    self.file = file
    self.entries = entries
    self.positions = positions
    intact = entries.map { _ in Intactness() }
    hasChecksums = entries.contains { $0.checksum != 0 }
    library = Mutex(handle)
  }

  /// The names of the entries, folders included, in the order of the archive's directory.
  public var entryNames: [String] { entries.map(\.name) }

  /// The entry called `name`, or `nil`.
  public subscript(name: String) -> ZipEntry? { positions[name].map { entries[$0] } }

  /// The unpacked bytes of an entry.
  ///
  /// - Parameter limit: the most bytes the caller will have; an entry that declares more is
  ///   refused before anything is unpacked, and one that unpacks to more than it declares is
  ///   refused where it does.
  /// - Throws: ``FileError`` when there is no such entry, it is larger than `limit`, encrypted,
  ///   compressed by another method than deflate, or damaged.
  public func read(_ name: String, limit: Int) throws(FileError) -> [UInt8] {
    let entry = try readable(name, limit: limit)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(min(entry.size, 4 * entry.compressedSize))
    do {
      try forEachChunk(of: name, limit: limit) { bytes.append(contentsOf: $0) }
    } catch let error as FileError {
      throw error
    } catch {
      preconditionFailure("appending bytes does not throw")
    }
    return bytes
  }

  /// Calls `body` with the unpacked bytes of an entry, a piece at a time.
  ///
  /// `body` must not read from the same archive: the calls take turns, and it would wait for
  /// itself.
  ///
  /// - Parameter limit: as for ``read(_:limit:)``.
  /// - Throws: ``FileError`` as ``read(_:limit:)`` does, and what `body` throws.
  public func forEachChunk(
    of name: String, limit: Int, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let entry = try readable(name, limit: limit)
    if entry.method == .stored {
      try checkIntegrity(name, entry)
      return try forEachPiece(of: entry, body)
    }
    try library.withLock { handle in
      try handle.unpack(positions[name]!, entry, file, body)
    }
  }

  /// The unpacked bytes of an entry, for reading at any offset in bounded memory.
  ///
  /// A stored entry is read in place, after a pass over it for its CRC: a large one when more than its
  /// first bytes are asked for, a header, so that who needs no more is spared the pass. A deflated one
  /// is unpacked, into memory up to `memoryLimit` bytes and into an unlinked temporary file beyond.
  ///
  /// - Parameter limit: as for ``read(_:limit:)``.
  /// - Throws: ``FileError`` as ``read(_:limit:)`` does, and where there is no room for the
  ///   content.
  public func randomAccess(
    _ name: String, limit: Int, memoryLimit: Int = 16 << 20
  ) throws -> RandomAccessBytes {
    let entry = try readable(name, limit: limit)
    if entry.method == .stored {
      guard entry.size > Self.headerSize else {
        try checkIntegrity(name, entry)
        return RandomAccessBytes(file, entry.dataRange)
      }
      return RandomAccessBytes(
        file, entry.dataRange,
        check: .init(start: entry.dataRange.lowerBound + Self.headerSize) { () throws(FileError) in
          try self.checkIntegrity(name, entry)
        })
    }
    if entry.size <= memoryLimit { return RandomAccessBytes(try read(name, limit: limit)) }
    return RandomAccessBytes(
      try TemporaryStorage.file(ofSize: entry.size, for: path) { write in
        try forEachChunk(of: name, limit: limit, write)
      })
  }

  /// Bytes of a large stored entry that are given out before all are compared with their CRC.
  private static let headerSize = 64 << 10

  /// Compares a stored entry with its CRC, once: threads that need the same one wait.
  private func checkIntegrity(_ name: String, _ entry: ZipEntry) throws(FileError) {
    guard hasChecksums else { return }
    try intact[positions[name]!].found.withLock { isIntact throws(FileError) in
      if !isIntact { try compare(name, entry) }
      isIntact = true
    }
  }

  private func compare(_ name: String, _ entry: ZipEntry) throws(FileError) {
    var checksum = Checksum()
    do {
      try forEachPiece(of: entry) { checksum.update($0) }
    } catch let error as FileError {
      throw error
    } catch {
      preconditionFailure("summing bytes does not throw")
    }
    guard checksum.value == entry.checksum else {
      throw file.fault(
        "entry '\(name)' is damaged: its CRC is \(hexadecimal(checksum.value)), the archive states "
          + hexadecimal(entry.checksum))
    }
  }

  private func hexadecimal(_ word: UInt32) -> String {
    let digits = String(word, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  private func forEachPiece(
    of entry: ZipEntry, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let piece = UnsafeMutableRawBufferPointer.allocate(
      byteCount: min(max(entry.size, 1), 1 << 20), alignment: 64)
    defer { piece.deallocate() }
    for start in stride(from: 0, to: entry.size, by: piece.count) {
      let part = UnsafeMutableRawBufferPointer(
        rebasing: piece[..<min(piece.count, entry.size - start)])
      try file.read(at: entry.dataRange.lowerBound + start, into: part)
      try body(UnsafeRawBufferPointer(part))
    }
  }

  private func readable(_ name: String, limit: Int) throws(FileError) -> ZipEntry {
    guard let entry = self[name] else { throw file.fault("it has no entry '\(name)'") }
    guard !entry.isEncrypted else { throw file.fault("entry '\(name)' is encrypted") }
    if case .other(let number) = entry.method {
      throw file.fault(
        "entry '\(name)' is compressed by \(ZipEntry.methodName(number)), expected stored or "
          + "deflated: save it again with another compression")
    }
    guard entry.size <= limit else {
      throw file.fault("entry '\(name)' unpacks to \(entry.size) bytes, the limit is \(limit)")
    }
    return entry
  }
}

/// Whether the bytes of an entry were found to have its CRC.
private final class Intactness: Sendable {
  let found = Mutex(false)
}
