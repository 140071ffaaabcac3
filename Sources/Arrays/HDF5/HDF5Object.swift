import CHDF5
public import CollapseCore
import Files

/// An open file, group or dataset, with the names that errors need.
///
/// A file stays open until the last object opened in it is closed. `handle` is touched under the
/// library's lock, so the object may be passed between threads.
public final class HDF5Object: @unchecked Sendable {
  /// The path of the file on disk.
  public let file: String
  /// Where it is in the file: "/" for the file itself.
  public let path: String
  /// The identifier, for calls made under the library's lock; no longer valid once closed.
  let id: hid_t
  private var handle: HDF5Handle?

  init(file: String, path: String, handle: consuming HDF5Handle) {
    self.file = file
    self.path = path
    id = handle.id
    self.handle = consume handle
  }

  /// An error at this object, with the library's trace.
  ///
  /// `attempt` is a phrase such as "read rows 0..<64".
  func failure(
    _ attempt: String, kind: FailureKind = .badInput
  ) -> ArrayFileError {
    let trace = HDF5Library.drainErrors().map { ": \($0)" } ?? ""
    return error("HDF5 could not \(attempt)\(trace)", kind: kind)
  }

  /// An error at this object.
  public func error(_ problem: String, kind: FailureKind = .badInput) -> ArrayFileError {
    ArrayFileError(
      kind: kind, file: file, location: path == "/" ? nil : "dataset '\(path)'", problem: problem)
  }

  func check(
    _ status: herr_t, _ attempt: @autoclosure () -> String, kind: FailureKind = .badInput
  ) throws(ArrayFileError) {
    guard status >= 0 else { throw failure(attempt(), kind: kind) }
  }

  /// Closes it before its last reference goes.
  public func close() { HDF5Library.locked { handle = nil } }

  /// Writes everything in the file, datasets that are open included, to the disk.
  ///
  /// Comes before datasets are closed: closing one that cannot be written says nothing.
  ///
  /// - Throws: ``ArrayFileError`` where the file cannot be written.
  public func flush() throws(ArrayFileError) {
    try HDF5Library.locked { () throws(ArrayFileError) in
      try check(H5Fflush(id, H5F_SCOPE_LOCAL), "write it to the disk", kind: .cannotWrite)
    }
  }

  /// Writes everything to the file and closes it; other objects of the file must be closed.
  ///
  /// - Throws: ``ArrayFileError`` where the file cannot be written.
  public func flushAndClose() throws(ArrayFileError) {
    try HDF5Library.locked { () throws(ArrayFileError) in
      try flush()
      guard let handle = handle.take(), handle.close() else {
        throw failure("close it", kind: .cannotWrite)
      }
    }
  }
}

extension HDF5Object {
  /// Opens the HDF5 file at `path` for reading.
  ///
  /// - Throws: `FileError` where there is no readable file, ``ArrayFileError`` where it is not
  ///   HDF5 or not whole.
  public static func openFile(_ path: String) throws -> HDF5Object {
    try HDF5Signature.check(path)
    return try HDF5Library.locked {
      let access = try HDF5Handle(
        owning: H5Pcreate(chdf5_file_access_class()), closing: H5Pclose, or: creationFailure(path))
      _ = chdf5_ignore_missing_locks(access.id)
      let handle = try HDF5Handle(
        owning: H5Fopen(path, chdf5_read_only(), access.id), closing: H5Fclose,
        or: openingFailure(path))
      return HDF5Object(file: path, path: "/", handle: handle)
    }
  }

  /// Creates an HDF5 file at `temporary`; errors name `path`, what it will be called.
  ///
  /// - Throws: where the file cannot be created.
  public static func createFile(_ temporary: String, as path: String) throws -> HDF5Object {
    try HDF5Library.locked {
      let access = try HDF5Handle(
        owning: H5Pcreate(chdf5_file_access_class()), closing: H5Pclose, or: creationFailure(path))
      _ = chdf5_ignore_missing_locks(access.id)
      // Readable since HDF5 1.8 (2008); allows attributes beyond 64 KiB, such as class names.
      H5Pset_libver_bounds(access.id, H5F_LIBVER_V18, chdf5_latest())
      let creation = try HDF5Handle(
        owning: H5Pcreate(chdf5_file_creation_class()), closing: H5Pclose,
        or: creationFailure(path))
      H5Pset_link_creation_order(creation.id, chdf5_creation_order())
      H5Pset_obj_track_times(creation.id, false)  // same content, same bytes
      let handle = try HDF5Handle(
        owning: H5Fcreate(temporary, chdf5_truncate(), creation.id, access.id), closing: H5Fclose,
        or: creationFailure(path))
      return HDF5Object(file: path, path: "/", handle: handle)
    }
  }

  private static func openingFailure(_ path: String) -> ArrayFileError {
    let trace = HDF5Library.drainErrors().map { ": \($0)" } ?? ""
    return ArrayFileError(file: path, problem: "HDF5 could not open it\(trace)")
  }

  private static func creationFailure(_ path: String) -> ArrayFileError {
    let trace = HDF5Library.drainErrors().map { ": \($0)" } ?? ""
    return ArrayFileError(
      kind: .cannotWrite, file: path, problem: "HDF5 could not create it\(trace)")
  }
}
