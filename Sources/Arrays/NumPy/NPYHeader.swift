import CollapseCore
import Files

/// The header of an NPY file, versions 1 to 3: a magic string, a length, and a Python dictionary
/// literal of which this reads exactly what NumPy writes.
struct NPYHeader {
  /// What NumPy calls the type of the elements: `<f4`.
  let descriptor: String
  let isFortranOrder: Bool
  let shape: [Int]
  /// Bytes before the first element.
  let size: Int

  /// More than any shape needs; NumPy itself reads no more than 10 000.
  private static let longest = 64 << 10

  static let magic: [UInt8] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]

  init(_ bytes: RandomAccessBytes) throws {
    let start = try bytes.bytes(0..<min(12, bytes.count))
    guard start.count >= 10, start.starts(with: Self.magic) else {
      throw ArrayFault("no NPY header")
    }
    let length: Int
    switch start[6] {
    case 1:
      length = Int(start[8]) | Int(start[9]) << 8
      size = 10 + length
    case 2, 3:
      guard start.count == 12 else { throw ArrayFault("an NPY header that is cut short") }
      length = (8..<12).reversed().reduce(0) { $0 << 8 | Int(start[$1]) }
      size = 12 + length
    default:
      throw ArrayFault(
        "NPY version \(start[6]).\(start[7]) is newer than 3.0, the newest that can be read")
    }
    guard length <= Self.longest else {
      throw ArrayFault("an NPY header of \(length) bytes, expected at most \(Self.longest)")
    }
    guard size <= bytes.count else {
      throw ArrayFault("an NPY header of \(length) bytes in \(bytes.count) bytes")
    }
    var literal = PythonLiteral(try bytes.bytes(size - length..<size), offset: size - length)
    var (descriptor, order, shape): (String?, Bool?, [Int]?) = (nil, nil, nil)
    try literal.dictionary { key, literal throws(ArrayFault) in
      switch key {
      case "descr" where descriptor == nil: descriptor = try literal.string(of: "descr")
      case "fortran_order" where order == nil: order = try literal.boolean()
      case "shape" where shape == nil: shape = try literal.tuple()
      case "descr", "fortran_order", "shape":
        throw ArrayFault("'\(key)' twice in the NPY header")
      default:
        throw ArrayFault(
          "'\(key)' in the NPY header, expected 'descr', 'fortran_order' and 'shape'")
      }
    }
    guard let descriptor, let order, let shape else {
      throw ArrayFault("an NPY header without all of 'descr', 'fortran_order' and 'shape'")
    }
    self.descriptor = descriptor
    isFortranOrder = order
    self.shape = shape
  }

  /// The array after the header, which must fill the rest of the bytes exactly.
  func array(in bytes: RandomAccessBytes) throws(ArrayFault) -> NumericArray {
    let element = try Self.element(descriptor)
    try checkSize(ofElement: element.size, element.description, in: bytes)
    return try NumericArray(
      element, shape: shape,
      strides: isFortranOrder ? NumericArray.columnMajorStrides(shape) : nil,
      bytes: bytes[size..<bytes.count])
  }

  /// The texts after the header, one by one in row-major order; `nil` where it holds numbers.
  func texts(in bytes: RandomAccessBytes) throws -> [String]? {
    guard let text = texts else { return nil }
    let length = text.unitSize * text.unitCount
    try checkSize(ofElement: length, "'\(descriptor)'", in: bytes)
    guard length > 0 else { return shape == [] ? [""] : [] }
    guard !isFortranOrder || shape.count < 2 else {
      throw ArrayFault("texts in Fortran order are not read")
    }
    let all = try bytes.bytes(size..<bytes.count)
    return try stride(from: 0, to: all.count, by: length).map { (start) throws(ArrayFault) in
      try text.decode(Array(all[start..<start + length]))
    }
  }

  private func checkSize(
    ofElement elementSize: Int, _ name: String, in bytes: RandomAccessBytes
  ) throws(ArrayFault) {
    let present = bytes.count - size
    guard let count = Shape.elementCount(of: shape) else {
      throw ArrayFault("shape \(shape) has more elements than any file")
    }
    let (needed, overflow) = count.multipliedReportingOverflow(by: elementSize)
    guard !overflow, needed == present else {
      let expected = overflow ? "more bytes than any file has" : "\(needed) bytes"
      throw ArrayFault(
        "shape \(Shape(shape)) of \(name) needs \(expected) after the header, found \(present)")
    }
  }

  /// How texts are stored, where the elements are texts.
  var texts: NPYText? { NPYText(descriptor) }

  /// The element type that NumPy calls `descriptor`: a byte order, a kind and a size.
  static func element(_ descriptor: String) throws(ArrayFault) -> ElementType {
    let order = descriptor.first ?? " "
    var kind = descriptor[...]
    var isBigEndian = 1.bigEndian == 1
    if "<>=|".contains(order) {
      kind = kind.dropFirst()
      if order != "=" && order != "|" { isBigEndian = order == ">" }
    }
    // The `bfloat16` that JAX and TensorFlow give NumPy is saved as two bytes without a type.
    let formats: [Substring: ElementType.Format] = [
      "f2": .float16, "f4": .float32, "f8": .float64, "V2": .bfloat16,
      "i1": .int8, "i2": .int16, "i4": .int32, "i8": .int64,
      "u1": .uint8, "u2": .uint16, "u4": .uint32, "u8": .uint64, "b1": .uint8,
    ]
    guard let format = formats[kind] else {
      let meaning =
        switch kind.first {
        case "O": ", pickled Python objects, which are never loaded"
        case "c": ", complex numbers"
        case "U", "S", "a": ", strings"
        case "M", "m": ", dates"
        default: ""
        }
      throw ArrayFault("elements of type '\(descriptor)'\(meaning): expected real numbers")
    }
    return ElementType(format, isBigEndian: isBigEndian)
  }
}
