import CollapseCore
import Files

/// The first bytes of an HDF5 file: what makes it one, and how long it says it is.
///
/// Read without the library, so that a wrong or cut file is refused in words of our own and a
/// file another program is writing can be looked at cheaply.
///
/// Source: HDF5 File Format Specification 3.0, section II.A, "Disk Format: Level 0A".
enum HDF5Signature {
  static let bytes: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]

  /// Checks that the file at `path` is HDF5, is as long as it says, and is not being written.
  static func check(_ path: String) throws {
    let file = try RandomAccessFile(path)
    guard let start = try start(in: file) else {
      let first = try file.bytes(0..<min(bytes.count, file.size))
      throw ArrayFileError(
        file: path,
        problem: "not an HDF5 file: "
          + (first.isEmpty
            ? "it is empty"
            : "expected it to begin with \(hexadecimal(bytes)), found \(hexadecimal(first))"))
    }
    let header = try file.bytes(start..<min(start + 64, file.size))
    guard let expected = endOfFile(header), header.count > 11 else {
      throw ArrayFileError(
        file: path, location: "byte \(start)",
        problem: "the HDF5 superblock is cut off or of an unknown version")
    }
    guard expected <= UInt64(file.size) else {
      throw ArrayFileError(
        file: path,
        problem: "truncated or still being written: \(expected) bytes expected, found "
          + "\(file.size)")
    }
    if header[8] == 3, header[11] & 0b101 != 0 {
      throw ArrayFileError(
        file: path,
        problem: "it is open for writing by another program, or was when that one was killed: if "
          + "none has it open, 'h5clear -s' frees it")
    }
  }

  /// The signature stands at byte 0 or, behind a user block, at 512, 1024, 2048, ….
  static func start(in file: RandomAccessFile) throws -> Int? {
    var offset = 0
    while offset <= file.size - bytes.count {
      if try file.bytes(offset..<offset + bytes.count) == bytes { return offset }
      offset = offset == 0 ? 512 : offset * 2
    }
    return nil
  }

  /// The address of the file's end that the superblock states.
  private static func endOfFile(_ header: [UInt8]) -> UInt64? {
    guard header.count > 14 else { return nil }
    let version = header[8]
    let (width, offset): (Int, Int) =
      switch version {
      case 0: (Int(header[13]), 24 + 2 * Int(header[13]))
      case 1: (Int(header[13]), 28 + 2 * Int(header[13]))
      case 2, 3: (Int(header[9]), 12 + 2 * Int(header[9]))
      default: (0, 0)
      }
    guard [2, 4, 8].contains(width), offset + width <= header.count else { return nil }
    return header[offset..<offset + width].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
  }
}
