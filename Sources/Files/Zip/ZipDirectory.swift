import CollapseCore

/// The table of contents of a zip archive, read by this project itself because libzip does not
/// tell where an entry's bytes are; libzip decompresses.
///
/// Nothing in the archive is believed: every offset and size is checked against the file, every
/// entry's local header against its central one, and no two entries may share bytes.
struct ZipDirectory {
  private(set) var entries: [ZipEntry] = []
  /// Names as the archive spells them, one per entry: UTF-8 or code page 437.
  private(set) var rawNames: [[UInt8]] = []

  private let file: RandomAccessFile

  /// - Throws: ``FileError`` naming the byte or the entry at fault.
  init(_ file: RandomAccessFile) throws(FileError) {
    self.file = file
    let end = try ZipEndRecord(file)
    let bytes = try file.bytes(end.directory)
    do throws(ZipFault) {
      var cursor = ByteCursor()
      for index in 0..<end.entryCount {
        let (entry, name) = try ZipEntry.parse(
          index, at: &cursor, in: bytes, start: end.directory.lowerBound)
        entries.append(entry)
        rawNames.append(name)
      }
      guard cursor.offset == bytes.count else {
        throw ZipFault(
          "its directory holds \(bytes.count - cursor.offset) bytes after the last of "
            + "\(end.entryCount) entries")
      }
    } catch {
      throw file.fault(error.reason)
    }
    for index in entries.indices {
      try entries[index].locate(
        in: file, name: rawNames[index], dataEnd: end.directory.lowerBound)
    }
    try refuseOverlaps()
  }

  /// Entries that share bytes are how a small archive unpacks to petabytes.
  private func refuseOverlaps() throws(FileError) {
    let order = entries.indices.sorted { entries[$0].headerOffset < entries[$1].headerOffset }
    for (left, right) in zip(order, order.dropFirst()) {
      let (first, second) = (entries[left], entries[right])
      guard first.dataRange.upperBound <= second.headerOffset else {
        throw file.fault(
          "entries '\(String(decoding: rawNames[left], as: UTF8.self))' and "
            + "'\(String(decoding: rawNames[right], as: UTF8.self))' overlap at byte "
            + "\(second.headerOffset)")
      }
    }
  }
}

/// What is wrong with an archive, before the file's name is put to it.
struct ZipFault: Error {
  let reason: String
  init(_ reason: String) { self.reason = reason }
}

extension RandomAccessFile {
  /// The refusal of this file as a zip archive.
  func fault(_ reason: String) -> FileError {
    FileError(kind: .badInput, operation: "read", path: path, reason: reason)
  }
}

extension ByteCursor {
  /// Reads a 16-bit field; an archive's integers are all little-endian.
  mutating func word(in bytes: RawSpan) throws(TruncatedBytes) -> Int {
    Int(try readLittleEndian(UInt16.self, in: bytes))
  }

  /// Reads a 32-bit field.
  mutating func doubleWord(in bytes: RawSpan) throws(TruncatedBytes) -> Int {
    Int(try readLittleEndian(UInt32.self, in: bytes))
  }

  /// Reads a 64-bit field; what does not fit an `Int` is larger than any file.
  mutating func quadWord(in bytes: RawSpan) throws(TruncatedBytes) -> Int {
    Int(clamping: try readLittleEndian(UInt64.self, in: bytes))
  }
}
