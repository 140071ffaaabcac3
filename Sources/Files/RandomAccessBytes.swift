/// Bytes that can be read at any offset by several threads at once: in memory, or a range of a
/// file.
public struct RandomAccessBytes: Sendable {
  private enum Storage: Sendable {
    case memory([UInt8])
    case file(RandomAccessFile, Check?)
  }

  /// What has to hold before bytes are given out.
  struct Check: Sendable {
    /// Bytes before this offset of the file are given out in any case.
    let start: Int
    /// Called before each reading that goes further; costs nothing once it has found all right.
    let body: @Sendable () throws(FileError) -> Void
  }

  private let storage: Storage
  /// Where the bytes are in the storage.
  private let range: Range<Int>

  /// Bytes held in memory.
  public init(_ bytes: [UInt8]) {
    storage = .memory(bytes)
    range = 0..<bytes.count
  }

  /// A range of a file, which is read when it is asked for.
  ///
  /// - Precondition: the range lies in the file.
  public init(_ file: RandomAccessFile, _ range: Range<Int>) {
    self.init(file, range, check: nil)
  }

  /// The same, of bytes that are checked when they are read.
  init(_ file: RandomAccessFile, _ range: Range<Int>, check: Check?) {
    precondition(range.lowerBound >= 0 && range.upperBound <= file.size)
    storage = .file(file, check)
    self.range = range
  }

  /// All bytes of a file, which is read when it is asked for.
  public init(_ file: RandomAccessFile) { self.init(file, 0..<file.size) }

  private init(_ storage: Storage, _ range: Range<Int>) {
    self.storage = storage
    self.range = range
  }

  /// How many bytes there are.
  public var count: Int { range.count }

  /// Whether reading costs no access to a file.
  public var isInMemory: Bool {
    if case .memory = storage { true } else { false }
  }

  /// A part of the bytes, without copying them.
  ///
  /// - Precondition: `part` lies in `0..<count`.
  public subscript(part: Range<Int>) -> RandomAccessBytes {
    precondition(part.lowerBound >= 0 && part.upperBound <= count)
    return RandomAccessBytes(
      storage, range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound)
  }

  /// Fills `buffer` with the bytes from `offset` on.
  ///
  /// - Precondition: as many bytes are there.
  /// - Throws: ``FileError`` when the file cannot be read, has become shorter or is damaged.
  public func read(
    at offset: Int, into buffer: UnsafeMutableRawBufferPointer
  ) throws(FileError) {
    precondition(offset >= 0 && buffer.count <= count - offset)
    switch storage {
    case .memory(let bytes):
      let start = range.lowerBound + offset
      bytes.withUnsafeBytes { source in
        buffer.copyMemory(
          from: UnsafeRawBufferPointer(rebasing: source[start..<start + buffer.count]))
      }
    case .file(let file, let check):
      let start = range.lowerBound + offset
      if let check, start + buffer.count > check.start { try check.body() }
      try file.read(at: start, into: buffer)
    }
  }

  /// A copy of the bytes in `part`.
  ///
  /// - Precondition: `part` lies in `0..<count`.
  /// - Throws: ``FileError`` when the file cannot be read, has become shorter or is damaged.
  public func bytes(_ part: Range<Int>) throws(FileError) -> [UInt8] {
    precondition(part.lowerBound >= 0 && part.upperBound <= count)
    let place = range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound
    switch storage {
    case .memory(let bytes): return Array(bytes[place])
    case .file(let file, let check):
      if let check, place.upperBound > check.start { try check.body() }
      return try file.bytes(place)
    }
  }
}
