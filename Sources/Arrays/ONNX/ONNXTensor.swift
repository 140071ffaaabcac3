import CollapseCore
import Files

/// A tensor of an ONNX file: its shape, and where its numbers are.
struct ONNXTensor {
  var name = ""
  private(set) var shape: [Int] = []
  private(set) var type = 0
  private var raw: WireMessage?
  /// Numbers in fields of their own type, in the pieces they come in.
  private var typed: [WireMessage.Value] = []
  private var external: [String: String] = [:]
  private var isExternal = false

  /// - Parameter message: a `TensorProto`.
  init(_ message: WireMessage) throws {
    try message.forEach { field, value in
      switch field {
      case 1: try WireMessage.numbers(of: value) { shape.append(Int(Int64(bitPattern: $0))) }
      case 2: type = value.integer
      case 4, 5, 7, 10, 11: typed.append(value)
      case 8: name = try value.text()
      case 9: raw = value.message
      case 13:
        var (key, text) = ("", "")
        try value.message.forEach { field, value in
          if field == 1 { key = try value.text() } else if field == 2 { text = try value.text() }
        }
        external[key] = text
      case 14: isExternal = value.integer == 1
      default: break
      }
    }
  }

  /// The array.
  ///
  /// - Parameter folder: where files of data are looked for, with the last slash.
  /// - Throws: ``ArrayFault`` where the numbers are of no type that is read, or not as many as the
  ///   shape says; `FileError` for a file of data that cannot be read.
  func array(in folder: String) throws -> NumericArray {
    guard let format = ONNXTensor.formats[type] else {
      throw ArrayFault("elements of type \(type) are not read")
    }
    let element = ElementType(format)
    guard let size = element.byteCount(of: shape) else {
      throw ArrayFault("shape \(shape) has a negative dimension, or too many elements")
    }
    let bytes =
      isExternal
      ? try externalBytes(in: folder, size)
      : try raw.map(\.bytes) ?? RandomAccessBytes(typedBytes(element))
    guard bytes.count == size else {
      throw ArrayFault("shape \(shape) of \(element) does not fit its \(bytes.count) bytes")
    }
    return try NumericArray(element, shape: shape, bytes: bytes)
  }

  /// Its numbers, where they are at most `limit` integers.
  func integers(limit: Int) throws -> [Int]? {
    guard type == 6 || type == 7, !isExternal,
      let count = Shape.elementCount(of: shape), count <= limit
    else { return nil }
    let array = try array(in: "")
    let bytes = try array.bytes.bytes(0..<array.bytes.count)
    let size = array.element.size
    return stride(from: 0, to: bytes.count, by: size).map { start in
      let word = bytes[start..<start + size].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      return size == 4 ? Int(Int32(truncatingIfNeeded: word)) : Int(truncatingIfNeeded: word)
    }
  }

  private func typedBytes(_ element: ElementType) throws -> [UInt8] {
    var bytes: [UInt8] = []
    for value in typed {
      switch (element.format, value) {
      case (.float32, .bytes(let packed)), (.float64, .bytes(let packed)):
        bytes += try packed.bytes.bytes(0..<packed.bytes.count)
      case (.float32, .word(let word)), (.float64, .word(let word)):
        append(word, element.size, to: &bytes)
      default:
        try WireMessage.numbers(of: value) { append($0, element.size, to: &bytes) }
      }
    }
    return bytes
  }

  private func append(_ word: UInt64, _ size: Int, to bytes: inout [UInt8]) {
    for place in 0..<size { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * place))) }
  }

  private func externalBytes(in folder: String, _ size: Int) throws -> RandomAccessBytes {
    let place = external["location"] ?? ""
    let parts = place.split(separator: "/", omittingEmptySubsequences: false)
    guard !place.isEmpty, !parts.contains(".."), !parts.contains("") else {
      throw ArrayFault("its data is said to be in '\(place)', expected a file beside the model's")
    }
    let file = try RandomAccessFile(folder + place)
    guard let offset = Int(external["offset"] ?? "0"),
      let length = Int(external["length"] ?? "\(size)"), offset >= 0, length >= 0,
      offset <= file.size, length <= file.size - offset
    else {
      throw ArrayFault(
        "its data is said to be \(external["length"] ?? "\(size)") bytes of '\(place)' from "
          + "\(external["offset"] ?? "0") on, which has \(file.size)")
    }
    return RandomAccessBytes(file, offset..<offset + length)
  }

  private static let formats: [Int: ElementType.Format] = [
    1: .float32, 2: .uint8, 3: .int8, 4: .uint16, 5: .int16, 6: .int32, 7: .int64, 9: .uint8,
    10: .float16, 11: .float64, 12: .uint32, 13: .uint64, 16: .bfloat16,
  ]
}
