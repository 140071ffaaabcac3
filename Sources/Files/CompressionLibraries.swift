import CDeflate
import CZip
import CZlib

/// The libraries under this room.
public enum CompressionLibraries {
  /// The version of zlib: `1.2.13`.
  public static var zlibVersion: String { String(cString: CZlib.zlibVersion()) }
  /// The version of libdeflate this was compiled with, the only one it tells: `1.14`.
  public static var libdeflateVersion: String { LIBDEFLATE_VERSION_STRING }
  /// The version of libzip: `1.7.3`.
  public static var libzipVersion: String { String(cString: zip_libzip_version()) }
}
