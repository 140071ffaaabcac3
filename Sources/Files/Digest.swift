import CCrypto
import CollapseCore

/// A digest of bytes that arrive in pieces, by OpenSSL's libcrypto.
public final class Digest {
  /// The function whose digest is taken.
  public enum Algorithm: Sendable, Hashable {
    /// SHA-256, of FIPS 180-4: 32 bytes.
    case sha256
    /// No longer safe against malice; some sources state no other.
    case md5
  }

  private let context: OpaquePointer

  /// - Returns: `nil` where the system's libcrypto does without the algorithm, as one restricted to
  ///   approved algorithms does without MD5.
  public init?(_ algorithm: Algorithm) {
    guard let context = EVP_MD_CTX_new() else { return nil }
    let description =
      switch algorithm {
      case .sha256: EVP_sha256()
      case .md5: EVP_md5()
      }
    guard EVP_DigestInit_ex(context, description, nil) == 1 else {
      EVP_MD_CTX_free(context)
      return nil
    }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Takes in more bytes.
  public func update(_ bytes: UnsafeRawBufferPointer) {
    _ = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
  }

  /// Takes in more bytes.
  public func update(_ bytes: some Sequence<UInt8>) {
    Array(bytes).withUnsafeBytes { update($0) }
  }

  /// The digest of the bytes so far, two hexadecimal digits in lower case for each byte.
  public var digits: String {
    var result = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var count: UInt32 = 0
    // On a copy, so that more bytes may follow.
    guard let copy = EVP_MD_CTX_new() else { return "" }
    defer { EVP_MD_CTX_free(copy) }
    EVP_MD_CTX_copy_ex(copy, context)
    EVP_DigestFinal_ex(copy, &result, &count)
    return Hexadecimal.digits(result.prefix(Int(count)))
  }

  /// The SHA-256 of the file at `path`, 64 hexadecimal digits.
  ///
  /// - Throws: ``FileError`` where it cannot be read.
  public static func sha256(fileAt path: String) throws -> String {
    let file = try RandomAccessFile(path)
    let digest = Digest(.sha256)
    for start in stride(from: 0, to: file.size, by: 1 << 20) {
      digest?.update(try file.bytes(start..<min(start + 1 << 20, file.size)))
    }
    // Every libcrypto there is has SHA-256.
    return digest!.digits
  }

  /// The SHA-256 of `bytes`, 64 hexadecimal digits.
  public static func sha256(_ bytes: some Sequence<UInt8>) -> String {
    let digest = Digest(.sha256)
    digest?.update(bytes)
    // Every libcrypto there is has SHA-256.
    return digest!.digits
  }
}
