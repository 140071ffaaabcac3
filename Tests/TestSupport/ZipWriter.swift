/// Zip archives made byte by byte, so that they can lie in any one field.
public struct ZipWriter: Sendable {
  /// One file of the archive.
  public struct Entry: Sendable {
    public var name: String
    /// Its bytes in the archive.
    public var stored: [UInt8]
    /// The size it declares when unpacked.
    public var size: Int
    public var crc: UInt32
    /// 0 stored, 8 deflated.
    public var method = 0
    public var flags = 0
    /// Where the directory says its header is; `nil` for where it is.
    public var offset: Int?
    /// The size its bytes are said to take in the archive; `nil` for the size they take.
    public var compressedSize: Int?
    /// The name in its own header; `nil` for the same.
    public var localName: String?
    /// What the directory calls its method; `nil` for the same.
    public var centralMethod: Int?

    public init(_ name: String, _ content: [UInt8]) {
      self.name = name
      stored = content
      size = content.count
      crc = ZipWriter.crc32(content)
    }

    /// The entry with its content deflated, in blocks of uncompressed bytes.
    public var deflated: Entry {
      var entry = self
      entry.method = 8
      entry.stored = []
      let blocks = max(1, (stored.count + 0xfffe) / 0xffff)
      for block in 0..<blocks {
        let part = stored[block * 0xffff..<min(stored.count, (block + 1) * 0xffff)]
        entry.stored.append(block == blocks - 1 ? 1 : 0)
        entry.stored.append(contentsOf: ZipWriter.little(part.count, 2))
        entry.stored.append(contentsOf: ZipWriter.little(~part.count, 2))
        entry.stored.append(contentsOf: part)
      }
      return entry
    }
  }

  public var entries: [Entry] = []
  /// Whether sizes and offsets are in zip64 fields, whatever they are.
  public var isZip64 = false
  public var comment: [UInt8] = []
  /// The number of entries the archive declares; `nil` for how many there are.
  public var declaredCount: Int?
  /// Added to the place where the archive says its directory is.
  public var directoryShift = 0

  public init(_ entries: [Entry] = []) { self.entries = entries }

  /// The archive.
  public var bytes: [UInt8] {
    var out: [UInt8] = []
    var directory: [UInt8] = []
    let mark = 0xffff_ffff
    for entry in entries {
      let name = Array(entry.name.utf8)
      let localName = entry.localName.map { Array($0.utf8) } ?? name
      let compressed = entry.compressedSize ?? entry.stored.count
      let offset = entry.offset ?? out.count
      let sizes = Self.little(entry.size, 8) + Self.little(compressed, 8)
      let localExtra = isZip64 ? Self.little(1, 2) + Self.little(16, 2) + sizes : []
      let centralExtra =
        isZip64 ? Self.little(1, 2) + Self.little(24, 2) + sizes + Self.little(offset, 8) : []
      out += [0x50, 0x4b, 3, 4] + Self.little(20, 2) + Self.little(entry.flags, 2)
      out += Self.little(entry.method, 2) + Self.little(0, 4) + Self.little(Int(entry.crc), 4)
      out += Self.little(isZip64 ? mark : compressed, 4)
      out += Self.little(isZip64 ? mark : entry.size, 4)
      out += Self.little(localName.count, 2) + Self.little(localExtra.count, 2)
      out += localName + localExtra + entry.stored
      directory += [0x50, 0x4b, 1, 2] + Self.little(20, 2) + Self.little(20, 2)
      directory += Self.little(entry.flags, 2)
      directory += Self.little(entry.centralMethod ?? entry.method, 2) + Self.little(0, 4)
      directory += Self.little(Int(entry.crc), 4)
      directory += Self.little(isZip64 ? mark : compressed, 4)
      directory += Self.little(isZip64 ? mark : entry.size, 4)
      directory += Self.little(name.count, 2) + Self.little(centralExtra.count, 2)
      directory += Self.little(0, 10)
      directory += Self.little(isZip64 ? mark : offset, 4) + name + centralExtra
    }
    let start = out.count + directoryShift
    let count = declaredCount ?? entries.count
    out += directory
    if isZip64 {
      let record = out.count
      out += [0x50, 0x4b, 6, 6] + Self.little(44, 8) + Self.little(45, 2) + Self.little(45, 2)
      out += Self.little(0, 8) + Self.little(count, 8) + Self.little(count, 8)
      out += Self.little(directory.count, 8) + Self.little(start, 8)
      out += [0x50, 0x4b, 6, 7] + Self.little(0, 4) + Self.little(record, 8) + Self.little(1, 4)
    }
    out += [0x50, 0x4b, 5, 6] + Self.little(0, 4)
    out += Self.little(isZip64 ? 0xffff : count, 2) + Self.little(isZip64 ? 0xffff : count, 2)
    out += Self.little(isZip64 ? mark : directory.count, 4)
    out += Self.little(isZip64 ? mark : start, 4)
    return out + Self.little(comment.count, 2) + comment
  }

  /// The lowest `count` bytes of `value`, least significant first.
  static func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { $0 < 8 ? UInt8(truncatingIfNeeded: value >> (8 * $0)) : 0 }
  }

  /// The checksum of the zip format, bit by bit.
  public static func crc32(_ bytes: [UInt8]) -> UInt32 {
    var crc: UInt32 = 0xffff_ffff
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
    }
    return ~crc
  }
}
