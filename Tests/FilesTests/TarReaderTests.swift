import CollapseCore
import Files
import TestSupport
import Testing

@Suite struct TarReaderTests {
  struct Unpacked: Equatable {
    var name: String
    var content: [UInt8]
  }

  /// All files of an archive, or those named.
  private func read(
    _ bytes: [UInt8], limit: Int = 1 << 20, only: Set<String>? = nil
  ) throws -> [Unpacked] {
    var position = 0
    var files: [Unpacked] = []
    var reader = TarReader(file: "a.tar")
    try reader.forEachFile(
      limit: limit,
      read: { count in
        let piece = Array(bytes[position..<min(bytes.count, position + count)])
        position += piece.count
        return piece
      }, where: { only?.contains($0.name) ?? true }
    ) { files.append(Unpacked(name: $0.name, content: $1)) }
    return files
  }

  private func archive(_ build: (inout TarWriter) -> Void) -> [UInt8] {
    var writer = TarWriter()
    build(&writer)
    writer.finish()
    return writer.bytes
  }

  @Test func filesComeInOrderWithTheirContent() throws {
    let long = (0..<1300).map { UInt8($0 % 251) }
    let bytes = archive {
      $0.add("folder/", type: "5")
      $0.add("folder/a", [1, 2, 3])
      $0.add("./b", long)
      $0.add("empty")
      $0.add("name", [9], prefix: "deep/folder")
    }
    #expect(
      try read(bytes) == [
        Unpacked(name: "folder/a", content: [1, 2, 3]), Unpacked(name: "b", content: long),
        Unpacked(name: "empty", content: []), Unpacked(name: "deep/folder/name", content: [9]),
      ])
    #expect(try read(bytes, only: ["empty"]) == [Unpacked(name: "empty", content: [])])
  }

  @Test func longNamesOfGNUAndPaxAreUsedOnce() throws {
    let gnu = String(repeating: "g/", count: 80) + "file"
    let pax = String(repeating: "p/", count: 80) + "файл"
    let bytes = archive {
      $0.add("././@LongLink", Array(gnu.utf8) + [0], type: "L")
      $0.add("cut", [1])
      $0.add(
        "PaxHeader", TarWriter.paxRecord("mtime", "1.5") + TarWriter.paxRecord("path", pax),
        type: "x")
      $0.add("cut", [2])
      $0.add("global", TarWriter.paxRecord("comment", "all"), type: "g")
      $0.add("plain", [3])
    }
    #expect(
      try read(bytes) == [
        Unpacked(name: gnu, content: [1]), Unpacked(name: pax, content: [2]),
        Unpacked(name: "plain", content: [3]),
      ])
  }

  @Test func sizesOfPaxAndBase256AreUnderstood() throws {
    let bytes = archive {
      $0.add("PaxHeader", TarWriter.paxRecord("size", "2"), type: "x")
      $0.add("a") { header in
        for index in 124..<135 { header[index] = 48 }  // ustar says 0
      }
      $0.append(padded: [7, 8])
      $0.add("b") { header in
        for index in 124..<136 { header[index] = 0 }
        (header[124], header[135]) = (0x80, 1)
      }
      $0.append(padded: [5])
    }
    #expect(
      try read(bytes) == [Unpacked(name: "a", content: [7, 8]), Unpacked(name: "b", content: [5])])
  }

  struct Malformed: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let bytes: [UInt8]
    let expected: String

    init(_ description: String, _ expected: String, _ build: (inout TarWriter) -> Void) {
      testDescription = description
      self.expected = expected
      var writer = TarWriter()
      build(&writer)
      bytes = writer.bytes
    }
  }

  static let malformed = [
    Malformed(
      "nothing", "byte 0 of the archive: expected a header or the end mark of 512 bytes, found 0"
    ) { _ in },
    Malformed(
      "no end mark",
      "byte 1024 of the archive: expected a header or the end mark of 512 bytes, found 0"
    ) { $0.add("a", [1]) },
    Malformed(
      "cut header",
      "byte 1024 of the archive: expected a header or the end mark of 512 bytes, found 3"
    ) {
      $0.add("a", [1])
      $0 = TarWriter(bytes: $0.bytes + [97, 98, 99])
    },
    Malformed("cut content", "byte 512 of the archive: 'a' has 700 bytes, found 512") {
      $0.add("a", [UInt8](repeating: 1, count: 700))
      $0 = TarWriter(bytes: Array($0.bytes.prefix(1024)))
    },
    Malformed(
      "checksum", "byte 0 of the archive: the header's checksum is 2463, expected 2462"
    ) {
      $0.add("a")
      var bytes = $0.bytes
      bytes[0] = 98
      $0 = TarWriter(bytes: bytes)
    },
    Malformed(
      "size that is no number",
      "byte 0 of the archive: expected the size as octal digits, found '1x'"
    ) {
      $0.add("a") { header in
        for (index, byte) in "1x\0".utf8.enumerated() { header[124 + index] = byte }
      }
    },
    Malformed(
      "size of 96 bits", "byte 0 of the archive: the size is negative or has more than 63 bits"
    ) { $0.add("a") { header in for index in 124..<136 { header[index] = 0xfe } } },
    Malformed(
      "size beyond the limit",
      "byte 0 of the archive: 'a' has 8589934591 bytes, the limit is 1048576"
    ) { $0.add("a") { header in for index in 124..<135 { header[index] = 55 } } },
    Malformed(
      "absolute name", "byte 0 of the archive: the name '/etc/passwd' is an absolute path"
    ) { $0.add("/etc/passwd") },
    Malformed(
      "climbing name", "byte 0 of the archive: the name 'a/../../b' climbs out of the folder"
    ) { $0.add("a/../../b") },
    Malformed(
      "climbing prefix", "byte 0 of the archive: the name '../b' climbs out of the folder"
    ) { $0.add("b", prefix: "..") },
    Malformed(
      "climbing pax path", "byte 1024 of the archive: the name '../b' climbs out of the folder"
    ) {
      $0.add("h", TarWriter.paxRecord("path", "../b"), type: "x")
      $0.add("b")
    },
    Malformed("symbolic link", "byte 0 of the archive: 'a' is a symbolic link") {
      $0.add("a", type: "2")
    },
    Malformed("hard link", "byte 0 of the archive: 'a' is a hard link") { $0.add("a", type: "1") },
    Malformed("device", "byte 0 of the archive: 'a' is a device") { $0.add("a", type: "3") },
    Malformed("unknown type", "byte 0 of the archive: 'a' is of type 0x5a") {
      $0.add("a", type: "Z")
    },
    Malformed(
      "pax record without its length",
      "byte 0 of the archive: expected a pax record '<length> <key>=<value>' at byte 0 of the "
        + "extended header"
    ) { $0.add("h", Array("path=a\n".utf8), type: "x") },
    Malformed(
      "pax record longer than the header",
      "byte 0 of the archive: expected a pax record '<length> <key>=<value>' at byte 0 of the "
        + "extended header"
    ) { $0.add("h", Array("99 path=a\n".utf8), type: "x") },
    Malformed(
      "pax size that is negative", "byte 0 of the archive: the pax size is no count of bytes"
    ) { $0.add("h", TarWriter.paxRecord("size", "-5"), type: "x") },
    Malformed(
      "extended header that is too long",
      "byte 0 of the archive: an extended header of 8589934591 bytes, the limit is 1048576"
    ) { $0.add("h", type: "x") { header in for index in 124..<135 { header[index] = 55 } } },
    Malformed(
      "name that is not UTF-8", "byte 0 of the archive: the name '\u{fffd}' is not UTF-8"
    ) { $0.add("a") { $0[0] = 0xff } },
    Malformed(
      "bytes after the end",
      "byte 1540 of the archive: expected nothing but zeros after the end mark"
    ) {
      $0.add("a")
      $0.finish()
      $0.append(padded: [0, 0, 0, 0, 1])
    },
  ]

  @Test(arguments: malformed) func whatIsWrongIsNamed(example: Malformed) {
    let error = #expect(throws: TarError.self) { try read(example.bytes) }
    #expect(error?.description == "a.tar, " + example.expected)
    #expect(error?.kind == .badInput)
  }

  /// Any change of a byte gives files or an error, never a crash.
  @Test func noByteIsTrusted() throws {
    let sound = archive {
      $0.add("h", TarWriter.paxRecord("path", "long"), type: "x")
      $0.add("a", [1, 2, 3])
    }
    var random = SeededGenerator(seed: 2)
    for position in 0..<2048 {
      var bytes = sound
      bytes[position] = UInt8(truncatingIfNeeded: random.next())
      // A header whose checksum is right again gets further.
      for start in [0, 1024] where (start..<start + 512).contains(position) {
        var header = Array(bytes[start..<start + 512])
        TarWriter.seal(&header)
        bytes.replaceSubrange(start..<start + 512, with: header)
      }
      _ = try? read(bytes)
    }
    // With one of the two blocks of the end mark an archive is whole.
    for length in stride(from: 0, to: sound.count - 512, by: 7) {
      #expect(throws: TarError.self) { try read(Array(sound.prefix(length))) }
    }
  }
}
