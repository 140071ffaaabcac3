import CollapseCore
import Files
import TestSupport
import Testing

/// Archives that lie, and the sentence each is refused with.
@Suite struct ZipRefusalTests {
  struct Lie: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]
    /// What follows `cannot read '…': `.
    let reason: String

    init(_ description: String, _ bytes: [UInt8], _ reason: String) {
      (testDescription, self.bytes, self.reason) = (description, bytes, reason)
    }

    /// An archive of two stored entries, the second and the whole changed as a lie needs.
    init(
      _ description: String, _ reason: String, entry: (inout ZipWriter.Entry) -> Void = { _ in },
      archive: (inout ZipWriter) -> Void = { _ in }
    ) {
      var writer = ZipWriter([.init("a", [1, 2, 3, 4]), .init("b", [5, 6, 7, 8, 9])])
      entry(&writer.entries[1])
      archive(&writer)
      self.init(description, writer.bytes, reason)
    }
  }

  /// 100 000 zeros: `zlib.compressobj(9, zlib.DEFLATED, -15)` in Python.
  static let zeros: [UInt8] =
    [0xed, 0xc1, 0x31, 1, 0, 0, 0, 0xc2, 0xa0, 0xf5, 0x4f, 0x6d, 0x0d, 0x0f, 0xa0]
    + [UInt8](repeating: 0, count: 96) + [0x80, 0x57, 3]

  static func bomb(size: Int) -> ZipWriter.Entry {
    var entry = ZipWriter.Entry("zeros", [UInt8](repeating: 0, count: 100_000))
    (entry.stored, entry.method, entry.size) = (zeros, 8, size)
    return entry
  }

  static let archives: [Lie] = [
    Lie(
      "nothing", [],
      "it is not a zip archive, or not a whole one: no end record in its last 0 bytes"),
    Lie(
      "another format", Array("\u{89}HDF\r\n and more than twenty-two bytes".utf8),
      "it is not a zip archive, or not a whole one: no end record in its last 38 bytes"),
    Lie(
      "cut short", Array(ZipWriter([.init("a", [1])]).bytes.dropLast()),
      "it is not a zip archive, or not a whole one: no end record in its last 100 bytes"),
    Lie(
      "something before it", [0] + ZipWriter([.init("a", [1])]).bytes,
      "its directory of 47 bytes from byte 32 on should end at byte 80"),
    Lie(
      "directory elsewhere", "its directory of 94 bytes from byte 1071 on should end at byte 165",
      archive: { $0.directoryShift = 1000 }),
    Lie(
      "too many entries", "it declares 3 entries in a directory of 94 bytes",
      archive: { $0.declaredCount = 3 }),
    Lie(
      "too few entries", "its directory holds 47 bytes after the last of 1 entries",
      archive: { $0.declaredCount = 1 }),
    Lie(
      "entries without end in zip64",
      "it declares 1152921504606846976 entries in a directory of 150 bytes",
      archive: {
        $0.isZip64 = true
        $0.declaredCount = 1 << 60
      }),
    Lie(
      "an entry outside", "entry 'b' should start at byte 5000, past byte 71 where the entries end",
      entry: { $0.offset = 5000 }),
    Lie(
      "an entry at the end of the address space",
      "entry 'b' should start at byte 9223372036854775807, past byte 111 where the entries end",
      entry: { $0.offset = .max }, archive: { $0.isZip64 = true }),
    Lie(
      "no header there", "entry 'b' has no header at byte 1", entry: { $0.offset = 1 }),
    Lie(
      "more bytes than there are",
      "entry 'b' declares 4096 bytes from byte 66 on, the entries end at byte 71",
      entry: {
        $0.compressedSize = 4096
        $0.size = 4096
      }),
    Lie(
      "a stored size", "entry 'b' is stored and declares 6 bytes, 5 are there",
      entry: { $0.size = 6 }),
    Lie(
      "two entries on the same bytes", "entries 'a' and 'a' overlap at byte 0",
      entry: {
        $0 = ZipWriter.Entry("a", [1, 2, 3, 4])
        $0.offset = 0
      }),
    Lie("one name twice", "two entries are named 'a'", entry: { $0.name = "a" }),
    Lie(
      "another name in the header", "entry 'b' has another name in its header",
      entry: { $0.localName = "c" }),
    Lie(
      "another method in the header",
      "entry 'b' has other sizes or another method in its header",
      entry: { $0.centralMethod = 8 }),
    Lie(
      "a name with a zero byte",
      "directory entry 1 at byte 119 has no name, or one with a zero byte",
      entry: { $0.name = "b\0" }),
    Lie(
      "a bomb no deflate stream can hold",
      "entry 'zeros' declares 1000000000000 bytes, which 114 deflated bytes cannot hold",
      entry: { $0 = bomb(size: 1_000_000_000_000) }, archive: { $0.isZip64 = true }),
  ]

  @Test(arguments: archives) func archiveIsRefused(_ lie: Lie) {
    let folder = TemporaryFolder()
    let path = folder.write(lie.bytes, to: "a.zip")
    let error = #expect(throws: FileError.self) { try ZipArchive(path) }
    #expect(error?.description == "cannot read '\(path)': \(lie.reason)")
    #expect(error?.kind == .badInput)
  }

  static let entries: [Lie] = [
    Lie(
      "over the limit", "entry 'b' unpacks to 1001 bytes, the limit is 1000",
      entry: { $0 = ZipWriter.Entry("b", [UInt8](repeating: 0, count: 1001)).deflated }),
    Lie(
      "damaged",
      "entry 'b' is damaged: its CRC is 9fe30398, the archive states 9fe30399",
      entry: { $0.crc ^= 1 }),
    Lie(
      "deflated, damaged", "entry 'b' is damaged: Zlib error: data error",
      entry: {
        $0 = $0.deflated
        $0.stored[1] ^= 1
      }),
    Lie(
      "encrypted", "entry 'b' is encrypted", entry: { $0.flags = 1 }),
    Lie(
      "another method",
      "entry 'b' is compressed by bzip2, expected stored or deflated: save it "
        + "again with another compression",
      entry: { $0.method = 12 }),
    Lie("absent", "it has no entry 'b'", entry: { $0.name = "c" }),
    Lie(
      "unpacks to more than it declares",
      "entry 'b' is damaged: it unpacks to more than the 900 bytes it declares",
      entry: {
        $0 = bomb(size: 900)
        $0.name = "b"
      }),
    Lie(
      "unpacks to less than it declares",
      "entry 'b' is damaged: it unpacks to 5 bytes and declares 7",
      entry: {
        $0 = $0.deflated
        $0.size = 7
      }),
  ]

  @Test(arguments: entries) func entryIsRefused(_ lie: Lie) throws {
    let folder = TemporaryFolder()
    let path = folder.write(lie.bytes, to: "a.zip")
    let archive = try ZipArchive(path)
    let error = #expect(throws: FileError.self) { try archive.read("b", limit: 1000) }
    #expect(error?.description == "cannot read '\(path)': \(lie.reason)")
  }

  /// A bomb that keeps to the rules of the format unpacks only as far as the caller allows.
  @Test func honestBombMeetsTheLimit() throws {
    let folder = TemporaryFolder()
    let path = folder.write(ZipWriter([Self.bomb(size: 100_000)]).bytes, to: "a.zip")
    let archive = try ZipArchive(path)
    #expect(try archive.read("zeros", limit: 100_000) == [UInt8](repeating: 0, count: 100_000))
    let error = #expect(throws: FileError.self) { try archive.read("zeros", limit: 99_999) }
    #expect(
      error?.description
        == "cannot read '\(path)': entry 'zeros' unpacks to 100000 bytes, the limit is 99999")
  }

  /// Bytes that follow an archive's rules nowhere never bring the reader down.
  @Test func everyTruncationAndEveryFlippedByteIsSurvived() throws {
    let folder = TemporaryFolder()
    var writer = ZipWriter([.init("a", [1, 2, 3]), .init("b", [4, 5]).deflated])
    for isZip64 in [false, true] {
      writer.isZip64 = isZip64
      let whole = writer.bytes
      for position in whole.indices {
        for value in [0, 0xff, whole[position] &+ 1] {
          var bytes = whole
          bytes[position] = value
          let path = folder.write(bytes, to: "a.zip")
          guard let archive = try? ZipArchive(path) else { continue }
          for name in archive.entryNames { _ = try? archive.read(name, limit: 1000) }
        }
        let path = folder.write(Array(whole[..<position]), to: "a.zip")
        #expect(throws: FileError.self) { try ZipArchive(path) }
      }
    }
  }
}
