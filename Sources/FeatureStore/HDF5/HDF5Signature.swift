import CollapseCore
import Files
import LibC

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
    let size = try FileContents.size(path)
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { _ = try FileContents.size(path); return }
    defer { _ = close(descriptor) }
    guard let start = start(in: descriptor, size: size) else {
      throw FeatureStoreError(file: path, problem: "not an HDF5 file: \(found(descriptor, size))")
    }
    let header = read(descriptor, at: start, count: 64)
    guard let expected = endOfFile(header), header.count > 11 else {
      throw FeatureStoreError(
        file: path, location: "byte \(start)",
        problem: "the HDF5 superblock is cut off or of an unknown version")
    }
    guard expected <= UInt64(size) else {
      throw FeatureStoreError(
        file: path,
        problem: "truncated or still being written: \(expected) bytes expected, found \(size)")
    }
    if header[8] == 3, header[11] & 0b101 != 0 {
      throw FeatureStoreError(file: path, problem: "it is open for writing by another program")
    }
  }

  /// The signature stands at byte 0 or, behind a user block, at 512, 1024, 2048, ….
  private static func start(in descriptor: Int32, size: Int) -> Int? {
    var offset = 0
    while offset <= size - bytes.count {
      if read(descriptor, at: offset, count: bytes.count) == bytes { return offset }
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

  private static func found(_ descriptor: Int32, _ size: Int) -> String {
    guard size > 0 else { return "it is empty" }
    let first = read(descriptor, at: 0, count: bytes.count)
    return
      "expected it to begin with \(Hexadecimal.bytes(bytes)), found \(Hexadecimal.bytes(first))"
  }

  private static func read(_ descriptor: Int32, at offset: Int, count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, read in
      read = max(0, pread(descriptor, buffer.baseAddress, count, off_t(offset)))
    }
  }
}
