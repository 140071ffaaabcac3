import CollapseCore
import Files
import TestSupport
import Testing

@Suite struct ZipArchiveTests {
  let folder = TemporaryFolder()

  static let content = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }

  @Test(arguments: [false, true]) func readsStoredAndDeflated(isZip64: Bool) throws {
    var writer = ZipWriter([
      .init("folder/", []), .init("folder/stored", Self.content),
      .init("folder/deflated", Self.content).deflated, .init("empty", []).deflated,
    ])
    writer.isZip64 = isZip64
    writer.comment = Array("PK\u{5}\u{6} in a comment does not end an archive".utf8)
    let archive = try ZipArchive(folder.write(writer.bytes, to: "a.zip"))
    #expect(archive.entryNames == ["folder/", "folder/stored", "folder/deflated", "empty"])
    #expect(archive.entries.map(\.size) == [0, 100_000, 100_000, 0])
    #expect(archive.entries[0].isFolder)
    #expect(archive["folder/deflated"]?.method == .deflated)
    #expect(try archive.read("folder/stored", limit: 100_000) == Self.content)
    #expect(try archive.read("folder/deflated", limit: 100_000) == Self.content)
    #expect(try archive.read("empty", limit: 0) == [])
  }

  @Test func storedEntriesAreReadInPlace() throws {
    let writer = ZipWriter([.init("a", [9, 9]), .init("b", [1, 2, 3, 4])])
    let archive = try ZipArchive(folder.write(writer.bytes, to: "a.zip"))
    let range = try #require(archive["b"]).dataRange
    #expect(try archive.file.bytes(range) == [1, 2, 3, 4])
    let bytes = try archive.randomAccess("b", limit: 4)
    #expect(!bytes.isInMemory)
    #expect(try bytes[1..<4].bytes(1..<3) == [3, 4])
  }

  /// Bytes that are read in place are those the archive was made of, or refused.
  @Test func storedEntriesAreComparedWithTheirCRC() throws {
    var writer = ZipWriter([.init("a", [9, 9]), .init("b", [1, 2, 3, 4])])
    writer.entries[1].stored[2] ^= 0x40
    let path = folder.write(writer.bytes, to: "a.zip")
    let archive = try ZipArchive(path)
    #expect(try archive.randomAccess("a", limit: 4).count == 2)
    for _ in 0..<2 {
      let error = #expect(throws: FileError.self) { try archive.randomAccess("b", limit: 4) }
      #expect(error?.reason.hasPrefix("entry 'b' is damaged: its CRC is ") == true)
    }
    // PyTorch can be told to leave out every CRC; then there is none to compare with.
    for index in writer.entries.indices { writer.entries[index].crc = 0 }
    let without = try ZipArchive(folder.write(writer.bytes, to: "without.zip"))
    #expect(try without.read("b", limit: 4) == [1, 2, 0x43, 4])
  }

  /// The header of a large entry costs no pass over all of it; any more of it does, and then nothing is given out
  /// that is not what the archive was made of.
  @Test func largeEntriesAreComparedWhenTheyAreRead() throws {
    let content = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    var writer = ZipWriter([.init("a", content), .init("b", content)])
    writer.entries[1].stored[150_000] ^= 1
    let archive = try ZipArchive(folder.write(writer.bytes, to: "a.zip"))
    let whole = try archive.randomAccess("a", limit: 1 << 20)
    #expect(try whole.bytes(0..<200_000) == content)
    let damaged = try archive.randomAccess("b", limit: 1 << 20)
    #expect(try damaged.bytes(0..<65_536) == Array(content[..<65_536]))
    for part in [65_535..<65_537, 0..<200_000, 199_999..<200_000] {
      let error = #expect(throws: FileError.self) { try damaged.bytes(part) }
      #expect(error?.reason.hasPrefix("entry 'b' is damaged: its CRC is ") == true)
      #expect(throws: FileError.self) {
        try withUnsafeTemporaryAllocation(byteCount: part.count, alignment: 1) {
          try damaged[part].read(at: 0, into: $0)
        }
      }
    }
  }

  /// Small ones in memory, large ones in a temporary file; either way the same bytes.
  @Test(arguments: [0, 1 << 20]) func deflatedEntriesAreUnpacked(memoryLimit: Int) throws {
    let writer = ZipWriter([.init("a", Self.content).deflated])
    let archive = try ZipArchive(folder.write(writer.bytes, to: "a.zip"))
    let bytes = try archive.randomAccess("a", limit: 100_000, memoryLimit: memoryLimit)
    #expect(bytes.isInMemory == (memoryLimit > 0))
    #expect(bytes.count == 100_000)
    #expect(try bytes.bytes(70_000..<70_010) == Array(Self.content[70_000..<70_010]))
  }

  @Test func severalThreadsReadOneArchive() throws {
    let entries = (0..<64).map {
      ZipWriter.Entry("\($0)", [UInt8](repeating: UInt8($0), count: 70_000))
    }
    let writer = ZipWriter(entries.map(\.deflated))
    let archive = try ZipArchive(folder.write(writer.bytes, to: "a.zip"))
    try Parallel.forEach(64, threads: 4) { index in
      let bytes = try archive.read("\(index)", limit: 70_000)
      #expect(bytes == [UInt8](repeating: UInt8(index), count: 70_000))
    }
  }

  @Test func anArchiveStaysTheOneThatWasOpened() throws {
    let first = ZipWriter([.init("a", [1]).deflated])
    let archive = try ZipArchive(folder.write(first.bytes, to: "a.zip"))
    try AtomicFile.write(ZipWriter([.init("a", [2]).deflated]).bytes, to: folder("a.zip"))
    #expect(try archive.read("a", limit: 1) == [1])
  }
}
