/// What is known of gzip data before it is inflated.
public enum Gzip {
  /// Whether `bytes` begin as a gzip stream does (RFC 1952: 1f 8b).
  public static func isGzip(_ bytes: some Collection<UInt8>) -> Bool {
    bytes.starts(with: [0x1f, 0x8b])
  }

  /// The most bytes that `count` bytes of deflate data can hold: a stored pair of length and
  /// distance takes at least two bits and stands for at most 258 bytes, so 1032 for 1.
  public static func largestContent(of count: Int) -> Int {
    let (product, overflow) = count.multipliedReportingOverflow(by: 1032)
    return overflow ? Int.max : product
  }

  /// The length the last member announces in its last four bytes: for one member, that of the
  /// content modulo 2³². A hint for how much to reserve, never more than the bytes can hold.
  static func announcedCount(_ bytes: [UInt8]) -> Int {
    guard bytes.count >= 18 else { return 0 }
    let announced = bytes.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    return min(announced, largestContent(of: bytes.count))
  }

  /// The most bytes that are reserved on the word of a file before any of them is there.
  static let largestReservation = 256 << 20

  /// The content of the gzip data `bytes` after its first `dropped` bytes, in a fraction of the
  /// time ``GzipInflater`` takes, where it is one member of exactly `count` bytes.
  ///
  /// - Returns: `nil` where it is not, where anything is wrong, and where `count` is more than the
  ///   compressed bytes can hold or than is reserved at once.
  public static func content(
    of bytes: [UInt8], count: Int, dropping dropped: Int = 0
  ) -> [UInt8]? {
    guard bytes.count >= 18, count <= min(largestContent(of: bytes.count), largestReservation),
      bytes[3] & 0x02 == 0  // the checksum of the header, which only zlib looks at
    else { return nil }
    var isWhole = false
    let content = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      var inflater = WholeInflater()
      isWhole = bytes.withUnsafeBufferPointer {
        inflater.inflate($0, .gzip, into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
      }
      guard isWhole, let start = buffer.baseAddress else { return }
      start.update(from: start + dropped, count: count - dropped)
      filled = count - dropped
    }
    return isWhole ? content : nil
  }

  /// The whole content of the gzip data `bytes`, all members one after another.
  ///
  /// - Throws: ``GzipError`` where the data is not gzip, is cut short or fails its checks.
  public static func inflate(_ bytes: [UInt8], file: String) throws(GzipError) -> [UInt8] {
    let hint = announcedCount(bytes)
    if let content = content(of: bytes, count: hint) { return content }
    var inflater = try GzipInflater(bytes, file: file)
    var content = try inflater.read(upTo: hint)
    while !inflater.isAtEnd { content += try inflater.read(upTo: max(hint, 1 << 16)) }
    return content
  }
}
