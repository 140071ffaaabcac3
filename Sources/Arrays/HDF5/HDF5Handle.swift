import CHDF5

/// Sole owner of one HDF5 identifier; closes it when it goes out of scope.
struct HDF5Handle: ~Copyable, Sendable {
  typealias Closing = @Sendable @convention(c) (hid_t) -> herr_t

  let id: hid_t
  private let closing: Closing

  /// Takes ownership of `id`, or throws `failure` if it is negative.
  init(
    owning id: hid_t, closing: @escaping Closing, or failure: @autoclosure () -> ArrayFileError
  ) throws(ArrayFileError) {
    guard id >= 0 else { throw failure() }
    self.id = id
    self.closing = closing
  }

  /// Closes it where closing can fail, as that of a written file can.
  consuming func close() -> Bool {
    let (id, closing) = (id, closing)
    discard self
    return HDF5Library.locked { closing(id) >= 0 }
  }

  deinit { HDF5Library.locked { _ = closing(id) } }
}
