import CollapseCore

/// Where a zip archive's directory is: its end-of-central-directory record and, in archives
/// larger than the old format allows, the zip64 record before it.
struct ZipEndRecord {
  let entryCount: Int
  /// The bytes of the directory.
  let directory: Range<Int>

  private static let size = 22
  private static let locatorSize = 20
  /// The record, with the longest comment that may follow it.
  private static let searched = size + 0xffff

  init(_ file: RandomAccessFile) throws(FileError) {
    let tailStart = max(0, file.size - Self.searched)
    let tail = try file.bytes(tailStart..<file.size)
    guard let found = Self.find(in: tail) else {
      throw file.fault(
        "it is not a zip archive, or not a whole one: no end record in its last "
          + "\(tail.count) bytes")
    }
    do {
      var record = try Fields(ofEndRecordAt: found, in: tail)
      var end = tailStart + found
      if let wide = try Self.zip64(before: end, file) {
        guard record.isNarrowed(from: wide.fields) else {
          throw file.fault("its end record and its zip64 end record disagree")
        }
        (record, end) = (wide.fields, wide.start)
      }
      guard record.isOneDisk else { throw file.fault("it is one part of several") }
      let (directoryEnd, overflow) = record.offset.addingReportingOverflow(record.size)
      guard !overflow, directoryEnd == end else {
        throw file.fault(
          "its directory of \(record.size) bytes from byte \(record.offset) on should end at "
            + "byte \(end)")
      }
      // An entry takes 46 bytes of the directory at least.
      guard record.entryCount <= record.size / 46 else {
        throw file.fault(
          "it declares \(record.entryCount) entries in a directory of \(record.size) bytes")
      }
      entryCount = record.entryCount
      directory = record.offset..<directoryEnd
    } catch let error as FileError {
      throw error
    } catch {
      throw file.fault("its end record is cut short")
    }
  }

  /// The last place where a record's comment ends exactly where the file does.
  private static func find(in tail: [UInt8]) -> Int? {
    guard tail.count >= size else { return nil }
    for start in stride(from: tail.count - size, through: 0, by: -1)
    where tail[start] == 0x50 && tail[start + 1] == 0x4b && tail[start + 2] == 5
      && tail[start + 3] == 6
    {
      let commentLength = Int(tail[start + 20]) | Int(tail[start + 21]) << 8
      if start + size + commentLength == tail.count { return start }
    }
    return nil
  }

  /// The zip64 record that a locator just before byte `end` points to.
  private static func zip64(
    before end: Int, _ file: RandomAccessFile
  ) throws(FileError) -> (fields: Fields, start: Int)? {
    guard end >= locatorSize else { return nil }
    let locator = try file.bytes(end - locatorSize..<end)
    guard locator.starts(with: [0x50, 0x4b, 6, 7]) else { return nil }
    do {
      var cursor = ByteCursor(offset: 8)
      let start = try cursor.quadWord(in: locator.span.bytes)
      let available = end - locatorSize
      guard start <= available - 56 else {
        throw file.fault("its zip64 end record should be at byte \(start), past its locator")
      }
      let record = try file.bytes(start..<start + 56)
      guard record.starts(with: [0x50, 0x4b, 6, 6]) else {
        throw file.fault("no zip64 end record at byte \(start)")
      }
      return (try Fields(ofZip64RecordIn: record), start)
    } catch let error as FileError {
      throw error
    } catch {
      throw file.fault("its zip64 end record is cut short")
    }
  }

  /// What either record says.
  private struct Fields {
    let disk: Int
    let directoryDisk: Int
    let entriesOnDisk: Int
    let entryCount: Int
    let size: Int
    let offset: Int

    init(ofEndRecordAt start: Int, in tail: [UInt8]) throws(TruncatedBytes) {
      let bytes = tail.span.bytes
      var cursor = ByteCursor(offset: start + 4)
      disk = try cursor.word(in: bytes)
      directoryDisk = try cursor.word(in: bytes)
      entriesOnDisk = try cursor.word(in: bytes)
      entryCount = try cursor.word(in: bytes)
      size = try cursor.doubleWord(in: bytes)
      offset = try cursor.doubleWord(in: bytes)
    }

    init(ofZip64RecordIn record: [UInt8]) throws(TruncatedBytes) {
      let bytes = record.span.bytes
      var cursor = ByteCursor(offset: 16)
      disk = try cursor.doubleWord(in: bytes)
      directoryDisk = try cursor.doubleWord(in: bytes)
      entriesOnDisk = try cursor.quadWord(in: bytes)
      entryCount = try cursor.quadWord(in: bytes)
      size = try cursor.quadWord(in: bytes)
      offset = try cursor.quadWord(in: bytes)
    }

    var isOneDisk: Bool { disk == 0 && directoryDisk == 0 && entriesOnDisk == entryCount }

    /// Whether each field is the same, or the mark that says it did not fit.
    func isNarrowed(from wide: Fields) -> Bool {
      func agrees(_ narrow: Int, _ wide: Int, mark: Int) -> Bool {
        narrow == wide || narrow == mark
      }
      return agrees(disk, wide.disk, mark: 0xffff)
        && agrees(directoryDisk, wide.directoryDisk, mark: 0xffff)
        && agrees(entriesOnDisk, wide.entriesOnDisk, mark: 0xffff)
        && agrees(entryCount, wide.entryCount, mark: 0xffff)
        && agrees(size, wide.size, mark: 0xffff_ffff)
        && agrees(offset, wide.offset, mark: 0xffff_ffff)
    }
  }
}
