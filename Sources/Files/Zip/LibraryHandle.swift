import CZip
import LibC

/// Sole owner of an archive open in libzip, which is not thread-safe: whoever holds it lets one
/// thread at a time use it.
struct LibraryHandle: ~Copyable, @unchecked Sendable {
  private let archive: OpaquePointer

  /// Opens the same open file in libzip, whatever its path has come to mean since.
  init(_ file: RandomAccessFile) throws(FileError) {
    let descriptor = try file.duplicatedDescriptor()
    var code: Int32 = 0
    guard let archive = zip_fdopen(descriptor, 0, &code) else {
      _ = close(descriptor)
      var error = zip_error_t()
      zip_error_init_with_code(&error, code)
      defer { zip_error_fini(&error) }
      throw file.fault("libzip: \(String(cString: zip_error_strerror(&error)))")
    }
    self.archive = archive
  }

  deinit { zip_discard(archive) }

  var entryCount: Int { Int(zip_get_num_entries(archive, 0)) }

  /// The name of an entry as UTF-8, once libzip has read the same entry as we have: two readers
  /// of one archive that see different things are a way past checks.
  func name(
    of index: Int, agreeingWith entry: ZipEntry, _ file: RandomAccessFile
  ) throws(FileError) -> String {
    var status = zip_stat_t()
    zip_stat_init(&status)
    guard zip_stat_index(archive, UInt64(index), 0, &status) == 0,
      let name = zip_get_name(archive, UInt64(index), 0),
      status.size == UInt64(entry.size), status.comp_size == UInt64(entry.compressedSize),
      Int(status.comp_method) == entry.method.number,
      (status.encryption_method != 0) == entry.isEncrypted
    else { throw file.fault("libzip reads directory entry \(index) otherwise") }
    return String(cString: name)
  }

  /// Unpacks an entry in pieces, to exactly the bytes it declares and with its CRC checked.
  func unpack(
    _ index: Int, _ entry: ZipEntry, _ file: RandomAccessFile,
    _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    guard let stream = zip_fopen_index(archive, UInt64(index), 0) else {
      throw damaged(entry, file, String(cString: zip_strerror(archive)))
    }
    defer { zip_fclose(stream) }
    let piece = UnsafeMutableRawBufferPointer.allocate(
      byteCount: min(max(entry.size, 1), 256 << 10), alignment: 64)
    defer { piece.deallocate() }
    var done = 0
    while true {
      let got = Int(zip_fread(stream, piece.baseAddress!, UInt64(piece.count)))
      guard got >= 0 else {
        throw damaged(entry, file, String(cString: zip_file_strerror(stream)))
      }
      if got == 0 { break }
      done += got
      guard done <= entry.size else {
        throw damaged(entry, file, "it unpacks to more than the \(entry.size) bytes it declares")
      }
      try body(UnsafeRawBufferPointer(rebasing: piece[..<got]))
    }
    guard done == entry.size else {
      throw damaged(entry, file, "it unpacks to \(done) bytes and declares \(entry.size)")
    }
  }

  private func damaged(_ entry: ZipEntry, _ file: RandomAccessFile, _ reason: String) -> FileError {
    file.fault("entry '\(entry.name)' is damaged: \(reason)")
  }
}
