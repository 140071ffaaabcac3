/// A known digest of a file.
public enum Checksum: Hashable, Sendable, CustomStringConvertible {
  /// 32 hexadecimal digits in lower case. No longer safe against malice; some sources state no
  /// other.
  case md5(String)
  /// 64 hexadecimal digits in lower case.
  case sha256(String)

  /// `SHA-256 440f…`.
  public var description: String {
    switch self {
    case .md5(let digits): "MD5 \(digits)"
    case .sha256(let digits): "SHA-256 \(digits)"
    }
  }
}
