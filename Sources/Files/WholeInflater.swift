internal import CDeflate

/// Inflates data that lies in memory whole and whose content has a known size, several times as
/// fast as zlib, which can stop and go on after any byte.
///
/// It says only whether everything is right. Where something is not, and what, is for a decoder
/// that goes piece by piece to say.
public struct WholeInflater: ~Copyable {
  /// What stands around the deflate data.
  public enum Wrapper: Sendable {
    /// RFC 1950: a header of two bytes, and the Adler-32 of the content.
    case zlib
    /// RFC 1952: one member, with the CRC-32 of the content and its length.
    case gzip
  }

  /// libdeflate's tables, built anew by each call, so that the same ones serve many.
  private let decompressor: OpaquePointer

  /// An inflater for any number of streams, one after another.
  public init() {
    guard let decompressor = libdeflate_alloc_decompressor() else {
      fatalError("no memory to inflate")
    }
    self.decompressor = decompressor
  }

  deinit { libdeflate_free_decompressor(decompressor) }

  /// Whether `bytes` are one stream from the first to the last, whose content fills `content`
  /// and has the checksum the stream ends with. Where not, `content` holds anything.
  public mutating func inflate(
    _ bytes: UnsafeBufferPointer<UInt8>, _ wrapper: Wrapper,
    into content: UnsafeMutableBufferPointer<UInt8>
  ) -> Bool {
    var consumed = 0
    let result =
      switch wrapper {
      case .zlib:
        libdeflate_zlib_decompress_ex(
          decompressor, bytes.baseAddress, bytes.count, content.baseAddress, content.count,
          &consumed, nil)
      case .gzip:
        libdeflate_gzip_decompress_ex(
          decompressor, bytes.baseAddress, bytes.count, content.baseAddress, content.count,
          &consumed, nil)
      }
    // Without a place for the length, libdeflate takes nothing but content that fills the buffer.
    return result == LIBDEFLATE_SUCCESS && consumed == bytes.count
  }
}
