import CollapseCore
import Files
import TestSupport
import Testing

@Suite struct GzipTests {
  static let content = (0..<300).map { UInt8($0 % 251) }
  static let member = GzipFixture.member(content)

  @Test func inflatesMemberAfterMember() throws {
    #expect(try Gzip.inflate(Self.member, file: "f") == Self.content)
    #expect(try Gzip.inflate(Self.member + Self.member, file: "f") == Self.content + Self.content)
    #expect(try Gzip.inflate(GzipFixture.member([]), file: "f") == [])
  }

  /// A last member announces its own length only; the others must not be lost.
  @Test func lengthOfTheLastMemberIsNotTheWhole() throws {
    let bytes = Self.member + GzipFixture.member([7])
    #expect(try Gzip.inflate(bytes, file: "f") == Self.content + [7])
  }

  @Test(arguments: [1, 7, 299, 300, 301, 1000]) func piecesMakeTheWhole(size: Int) throws {
    var inflater = try GzipInflater(Self.member + GzipFixture.member([]), file: "f")
    var content: [UInt8] = []
    while !inflater.isAtEnd {
      let piece = try inflater.read(upTo: size)
      #expect(piece.count == size || inflater.isAtEnd)
      content += piece
    }
    #expect(content == Self.content)
    #expect(try inflater.reachesEnd())
  }

  @Test(arguments: [
    Malformed("not gzip", [1, 2, 3], "f, byte 0: expected a gzip stream (1f 8b)"),
    Malformed("empty", [], "f, byte 0: expected a gzip stream (1f 8b)"),
    Malformed(
      "cut in the header", [0x1f, 0x8b, 8], "f, byte 3: the gzip stream is cut short here"),
    Malformed(
      "cut in the content", Array(member.prefix(100)),
      "f, byte 100: the gzip stream is cut short here"),
    Malformed(
      "cut before the length", Array(member.dropLast(2)),
      "f, byte 321: the gzip stream is cut short here"),
    Malformed(
      "wrong CRC", GzipFixture.member([1, 2, 3], crc: 0x1234),
      "f, byte 18: the CRC-32 of the content is 0x55bc801d, expected 0x00001234"),
    Malformed(
      "wrong length", GzipFixture.member([1, 2, 3], length: 4),
      "f, byte 22: the content has 3 bytes, expected 4"),
    Malformed(
      "trailing bytes", member + [9, 9],
      "f, byte 323: expected the end of the file or another gzip member, found 2 more bytes"),
    Malformed(
      "unknown method", [0x1f, 0x8b, 7, 0, 0, 0, 0, 0, 0, 255, 1],
      "f, byte 4: corrupt gzip stream: unknown compression method"),
    Malformed(
      "unknown block type", [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 7, 0, 0],
      "f, byte 11: corrupt gzip stream: invalid block type"),
  ]) func refuses(_ malformed: Malformed) {
    #expect(
      message { _ = try Gzip.inflate(malformed.bytes, file: "f") } == malformed.message)
  }
}
