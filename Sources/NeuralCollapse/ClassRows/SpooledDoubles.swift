import CollapseCore
import LibC
import LinearAlgebra

/// So many doubles, zero at first: in memory where they are few, else in a file without a name that is
/// gone with them, whatever ends the process.
final class SpooledDoubles: @unchecked Sendable {
  let base: UnsafeMutablePointer<Double>
  private let memory: AlignedBuffer?
  private let mapping: UnsafeMutableRawBufferPointer?

  /// - Parameters:
  ///   - memory: the most bytes that are not put into a file.
  ///   - folder: where the file would be.
  /// - Throws: ``AnalysisError/rowStorage(rows:dimension:bytes:folder:reason:)`` where there is no room.
  init(rows: Int, columns: Int, memory limit: Int, folder: String) throws {
    let bytes = 8 * rows * columns
    guard bytes > limit else {
      let buffer = AlignedBuffer(count: rows * columns)
      (memory, mapping, base) = (buffer, nil, buffer.base)
      return
    }
    func failure() -> AnalysisError {
      .rowStorage(
        rows: rows, dimension: columns, bytes: bytes, folder: folder,
        reason: String(cString: strerror(errno)).lowercased())
    }
    var name = Array("\(folder)/collapse-rows-XXXXXX".utf8CString)
    let descriptor = mkstemp(&name)
    guard descriptor >= 0 else { throw failure() }
    // The mapping keeps it.
    defer { close(descriptor) }
    unlink(name)
    // All of it at once: a disk that fills up later would end the process in the middle of a write.
    let status = posix_fallocate(descriptor, 0, off_t(bytes))
    guard status == 0 else {
      errno = status
      throw failure()
    }
    guard
      let address = mmap(
        nil, bytes, Int32(PROT_READ | PROT_WRITE), Int32(MAP_SHARED), descriptor, 0),
      address != UnsafeMutableRawPointer(bitPattern: -1)
    else { throw failure() }
    mapping = UnsafeMutableRawBufferPointer(start: address, count: bytes)
    base = address.assumingMemoryBound(to: Double.self)
    memory = nil
  }

  deinit { if let mapping { munmap(mapping.baseAddress!, mapping.count) } }
}
