/// One event of a TensorBoard log: the start of the file, or a scalar at a step.
///
/// The messages are `tensorflow.Event` and `tensorflow.Summary` in protocol buffers' encoding; of
/// their fields only those that scalars need are written.
struct TensorBoardEvent {
  enum Content {
    /// The first event of every file.
    case fileVersion
    case scalar(tag: String, step: Int, value: Float)
  }

  /// Seconds since 1970.
  var time: Double
  var content: Content

  /// The event framed as a TFRecord: length, its checksum, message, its checksum.
  var record: [UInt8] {
    let message = self.message
    let length = littleEndian(UInt64(message.count))
    return length + littleEndian(CRC32C.masked(length)) + message
      + littleEndian(CRC32C.masked(message))
  }

  private var message: [UInt8] {
    var bytes = fixed64(1, time.bitPattern)
    switch content {
    case .fileVersion:
      bytes += delimited(3, Array("brain.Event:2".utf8))
    case .scalar(let tag, let step, let value):
      bytes += key(2, wireType: 0) + varint(UInt64(bitPattern: Int64(step)))
      let scalar = delimited(1, Array(tag.utf8)) + fixed32(2, value.bitPattern)
      bytes += delimited(5, delimited(1, scalar))
    }
    return bytes
  }

  private func key(_ field: Int, wireType: Int) -> [UInt8] {
    varint(UInt64(field << 3 | wireType))
  }

  private func varint(_ value: UInt64) -> [UInt8] {
    var rest = value
    var bytes: [UInt8] = []
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  private func fixed64(_ field: Int, _ bits: UInt64) -> [UInt8] {
    key(field, wireType: 1) + littleEndian(bits)
  }

  private func fixed32(_ field: Int, _ bits: UInt32) -> [UInt8] {
    key(field, wireType: 5) + littleEndian(bits)
  }

  private func delimited(_ field: Int, _ content: [UInt8]) -> [UInt8] {
    key(field, wireType: 2) + varint(UInt64(content.count)) + content
  }

  private func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
