internal import CDeflate

/// The checksum of gzip, PNG and zip (ISO 3309, polynomial 0x04c11db7 reflected).
public enum CRC32 {
  /// The CRC-32 of `bytes`.
  public static func checksum(of bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
    libdeflate_crc32(0, bytes.baseAddress, bytes.count)
  }
}
