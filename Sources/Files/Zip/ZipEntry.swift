import CollapseCore

/// One file inside a zip archive.
public struct ZipEntry: Sendable, Hashable {
  /// How an entry's bytes are kept.
  public enum Method: Sendable, Hashable {
    /// As they are.
    case stored
    /// Compressed by deflate (RFC 1951).
    case deflated
    /// By a method that is not read, with its number in the zip specification.
    case other(Int)
  }

  /// Its path in the archive, with slashes.
  public internal(set) var name: String
  /// How many bytes it has when unpacked.
  public let size: Int
  /// How many bytes of the archive hold it.
  public let compressedSize: Int
  /// How its bytes are kept in the archive.
  public let method: Method
  /// Whether a password protects it; such an entry is not read.
  public let isEncrypted: Bool
  /// The CRC-32 of its unpacked bytes, as the directory states it.
  public let checksum: UInt32
  /// Where its bytes are in the archive file: those of the content itself when it is stored.
  public private(set) var dataRange: Range<Int>
  /// Where its local header starts.
  let headerOffset: Int
  private let sizesFollowData: Bool

  /// Whether it stands for a folder.
  public var isFolder: Bool { name.hasSuffix("/") }

  /// Deflate codes at most 258 bytes in 2 bits, so no stream expands further than this.
  static let deflateLimit = 1032
}

extension ZipEntry {
  /// Reads one header of the directory; `start` is the directory's place in the file.
  static func parse(
    _ index: Int, at cursor: inout ByteCursor, in directory: [UInt8], start: Int
  ) throws(ZipFault) -> (entry: ZipEntry, name: [UInt8]) {
    let bytes = directory.span.bytes
    let place = "directory entry \(index) at byte \(start + cursor.offset)"
    do {
      let signature = try cursor.doubleWord(in: bytes)
      guard signature == 0x0201_4b50 else { throw ZipFault("\(place) has no entry's signature") }
      _ = try cursor.skip(4, in: bytes)
      let flags = try cursor.word(in: bytes)
      let method = try cursor.word(in: bytes)
      _ = try cursor.skip(4, in: bytes)
      let checksum = UInt32(truncatingIfNeeded: try cursor.doubleWord(in: bytes))
      var compressedSize = try cursor.doubleWord(in: bytes)
      var size = try cursor.doubleWord(in: bytes)
      let nameLength = try cursor.word(in: bytes)
      let extraLength = try cursor.word(in: bytes)
      let commentLength = try cursor.word(in: bytes)
      _ = try cursor.skip(8, in: bytes)
      var headerOffset = try cursor.doubleWord(in: bytes)
      let name = Array(directory[try cursor.skip(nameLength, in: bytes)])
      let extra = Array(directory[try cursor.skip(extraLength, in: bytes)])
      _ = try cursor.skip(commentLength, in: bytes)
      guard !name.isEmpty, !name.contains(0) else {
        throw ZipFault("\(place) has no name, or one with a zero byte")
      }
      var wide = Zip64Fields(extra)
      guard wide.widen(&size), wide.widen(&compressedSize), wide.widen(&headerOffset) else {
        throw ZipFault("\(place) lacks its zip64 sizes")
      }
      let entry = ZipEntry(
        name: "", size: size, compressedSize: compressedSize,
        method: method == 0 ? .stored : method == 8 ? .deflated : .other(method),
        isEncrypted: flags & 1 != 0, checksum: checksum, dataRange: 0..<0,
        headerOffset: headerOffset,
        sizesFollowData: flags & 8 != 0)
      return (entry, name)
    } catch let fault as ZipFault {
      throw fault
    } catch {
      throw ZipFault("\(place) is cut short")
    }
  }

  /// Finds the entry's bytes by its local header, and checks its sizes against what is there.
  mutating func locate(
    in file: RandomAccessFile, name rawName: [UInt8], dataEnd: Int
  ) throws(FileError) {
    let shown = String(decoding: rawName, as: UTF8.self)
    let headerSize = 30 + rawName.count
    guard headerOffset <= dataEnd - headerSize else {
      throw file.fault(
        "entry '\(shown)' should start at byte \(headerOffset), past byte \(dataEnd) where the "
          + "entries end")
    }
    let header = try file.bytes(headerOffset..<headerOffset + headerSize)
    do {
      let bytes = header.span.bytes
      var cursor = ByteCursor()
      let signature = try cursor.doubleWord(in: bytes)
      guard signature == 0x0403_4b50 else {
        throw file.fault("entry '\(shown)' has no header at byte \(headerOffset)")
      }
      _ = try cursor.skip(4, in: bytes)
      let localMethod = try cursor.word(in: bytes)
      _ = try cursor.skip(8, in: bytes)
      let localCompressed = try cursor.doubleWord(in: bytes)
      let localSize = try cursor.doubleWord(in: bytes)
      let nameLength = try cursor.word(in: bytes)
      let extraLength = try cursor.word(in: bytes)
      guard nameLength == rawName.count, header[30...].elementsEqual(rawName) else {
        throw file.fault("entry '\(shown)' has another name in its header")
      }
      let start = headerOffset + headerSize + extraLength
      guard start <= dataEnd, compressedSize <= dataEnd - start else {
        throw file.fault(
          "entry '\(shown)' declares \(compressedSize) bytes from byte \(start) on, the entries "
            + "end at byte \(dataEnd)")
      }
      dataRange = start..<start + compressedSize
      // Sizes that follow the data are unknown here; those marked 0xffffffff are in zip64 fields.
      let agrees =
        localMethod == method.number
        && (sizesFollowData
          || (localCompressed == compressedSize || localCompressed == 0xffff_ffff)
            && (localSize == size || localSize == 0xffff_ffff))
      guard agrees else {
        throw file.fault("entry '\(shown)' has other sizes or another method in its header")
      }
      try refuseImpossibleSize(file, shown)
    } catch let error as FileError {
      throw error
    } catch {
      throw file.fault("entry '\(shown)' has a header that is cut short")
    }
  }

  private func refuseImpossibleSize(
    _ file: RandomAccessFile, _ shown: String
  ) throws(FileError) {
    switch method {
    case .stored where size != compressedSize && !isEncrypted:
      throw file.fault(
        "entry '\(shown)' is stored and declares \(size) bytes, \(compressedSize) are there")
    case .deflated where size / Self.deflateLimit > compressedSize:
      throw file.fault(
        "entry '\(shown)' declares \(size) bytes, which \(compressedSize) deflated bytes cannot "
          + "hold")
    default: break
    }
  }
}

extension ZipEntry {
  /// What the zip specification calls a method.
  static func methodName(_ number: Int) -> String {
    switch number {
    case 9: "deflate64"
    case 12: "bzip2"
    case 14: "LZMA"
    case 93: "Zstandard"
    case 95: "XZ"
    default: "method \(number)"
    }
  }
}

extension ZipEntry.Method {
  /// Its number in the zip specification.
  var number: Int {
    switch self {
    case .stored: 0
    case .deflated: 8
    case .other(let number): number
    }
  }
}

/// The 64-bit values of fields that do not fit 32, in the order of the fields.
private struct Zip64Fields {
  private var values: ArraySlice<UInt8> = []

  /// Looks for the zip64 record among an entry's extra fields.
  init(_ extra: [UInt8]) {
    var rest = extra[...]
    while rest.count >= 4 {
      let identifier = Int(rest[rest.startIndex]) | Int(rest[rest.startIndex + 1]) << 8
      let length = Int(rest[rest.startIndex + 2]) | Int(rest[rest.startIndex + 3]) << 8
      rest = rest.dropFirst(4)
      if identifier == 1 {
        values = rest.prefix(length)
        return
      }
      rest = rest.dropFirst(length)
    }
  }

  /// Replaces `field` by the next value when it holds the mark of one that did not fit; `false`
  /// when there is no next value.
  mutating func widen(_ field: inout Int) -> Bool {
    guard field == 0xffff_ffff else { return true }
    guard values.count >= 8 else { return false }
    let value = values.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    values = values.dropFirst(8)
    field = Int(clamping: value)
    return true
  }
}
