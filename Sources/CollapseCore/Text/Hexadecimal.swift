/// Bytes and words as hexadecimal digits, in lower case.
public enum Hexadecimal {
  /// `001f8b`: as digests are written.
  public static func digits(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// `00 1f 8b`: as messages show the bytes of a file.
  public static func bytes(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { digits([$0]) }.joined(separator: " ")
  }

  /// `0x0000001f`: a checksum of 32 bits.
  public static func word(_ word: UInt32) -> String {
    "0x" + digits(withUnsafeBytes(of: word.bigEndian) { Array($0) })
  }
}
