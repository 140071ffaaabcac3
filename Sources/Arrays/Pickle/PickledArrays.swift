import CollapseCore
import Files

/// The arrays of a pickle, wherever the storages of its tensors are.
struct PickledArrays: Sendable {
  let content: PickleContent
  /// The pickle, which NumPy's arrays lie in.
  let pickle: RandomAccessBytes
  let file: String
  /// The bytes of a storage, checked against the size it states, and whether they are big-endian.
  let storage: @Sendable (TensorStorage) throws -> (bytes: RandomAccessBytes, isBigEndian: Bool)

  var source: NamedArrays {
    NamedArrays(
      file: file, noun: "tensor", names: content.names,
      hidden: Set(content.items.keys).union(content.unknown.keys),
      attributes: content.attributes
    ) { name in
      guard case .batches(let parts)? = content.items[name] else { return [try array(name)] }
      return try parts.map { try array($0) }
    }
  }

  private func array(_ name: String) throws -> NumericArray {
    switch content.items[name] {
    case .tensor(let tensor)?: try array(tensor)
    case .array(let stated)?: try array(stated)
    case .integers(let values)?:
      try NumericArray(.init(.int64), inMemory: values.map { UInt64(bitPattern: $0) })
    case .doubles(let values)?:
      try NumericArray(.init(.float64), inMemory: values.map(\.bitPattern))
    case .ambiguous?: throw ArrayFault("two arrays are called so")
    case .batches?, nil:
      throw ArrayFault(
        "it is \(content.unknown[name] ?? "no array"), which is never made: expected numbers")
    }
  }

  private func array(_ tensor: PickledTensor) throws -> NumericArray {
    let format: ElementType.Format
    switch tensor.element {
    case .format(let known): format = known
    case .untyped: throw ArrayFault("a tensor without a type")
    case .other(let name): throw ArrayFault("elements of type '\(name)' are not read")
    }
    let (bytes, isBigEndian) = try storage(tensor.storage)
    let element = ElementType(format, isBigEndian: isBigEndian)
    let (start, overflow) = Int(tensor.offset).multipliedReportingOverflow(by: element.size)
    guard !overflow, 0 <= start, start <= bytes.count else {
      throw ArrayFault("it starts at element \(tensor.offset) of a storage of \(bytes.count) bytes")
    }
    return try NumericArray(
      element, shape: tensor.shape.map { Int($0) }, strides: tensor.strides.map { Int($0) },
      bytes: bytes[start..<bytes.count])
  }

  private func array(_ stated: PickledArray) throws -> NumericArray {
    let element = try NPYHeader.element(stated.descriptor)
    let shape = stated.shape.map { Int($0) }
    guard let stored = stated.bytes else {
      throw ArrayFault("an array whose state is no block of bytes")
    }
    let bytes: RandomAccessBytes =
      switch stored {
      case .held(let bytes): RandomAccessBytes(bytes)
      case .range(let range): pickle[range]
      case .latin1(let range): try decode(range, size: element.byteCount(of: shape))
      }
    guard let needed = element.byteCount(of: shape), needed == bytes.count else {
      throw ArrayFault("shape \(shape) of \(element) does not fit its \(bytes.count) bytes")
    }
    return try NumericArray(
      element, shape: shape,
      strides: stated.isFortranOrder ? NumericArray.columnMajorStrides(shape) : nil, bytes: bytes)
  }

  /// The bytes that UTF-8 text of Latin-1 stands for: in memory when few, else in an unlinked
  /// temporary file.
  private func decode(_ range: Range<Int>, size: Int?) throws -> RandomAccessBytes {
    guard let size, size <= range.count else {
      throw ArrayFault("an array of more bytes than the \(range.count) of its text")
    }
    if size <= 16 << 20 {
      var decoded: [UInt8] = []
      decoded.reserveCapacity(size)
      try forEachPiece(ofLatin1: range) { decoded.append(contentsOf: $0) }
      return RandomAccessBytes(decoded)
    }
    return RandomAccessBytes(
      try TemporaryStorage.file(ofSize: size, for: file) { write in
        try forEachPiece(ofLatin1: range) { piece in try piece.withUnsafeBytes { try write($0) } }
      })
  }

  private func forEachPiece(
    ofLatin1 range: Range<Int>, _ body: ([UInt8]) throws -> Void
  ) throws {
    var lead: UInt8?
    for start in stride(from: range.lowerBound, to: range.upperBound, by: 1 << 20) {
      let text = try pickle.bytes(start..<min(start + 1 << 20, range.upperBound))
      var piece: [UInt8] = []
      piece.reserveCapacity(text.count)
      for unit in text {
        switch (lead, unit) {
        case (nil, 0..<0x80): piece.append(unit)
        case (nil, 0xc2...0xc3): lead = unit
        case (let first?, 0x80..<0xc0):
          piece.append((first & 3) << 6 | unit & 0x3f)
          lead = nil
        default: throw ArrayFault("text that is no Latin-1 where an array's bytes are expected")
        }
      }
      try body(piece)
    }
    if lead != nil { throw ArrayFault("text that ends within a character") }
  }
}

extension ElementType {
  /// The bytes of an array of `shape`; `nil` where no file has so many.
  func byteCount(of shape: [Int]) -> Int? {
    guard let count = Shape.elementCount(of: shape) else { return nil }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
    return overflow ? nil : bytes
  }
}

extension NumericArray {
  /// A list of 64-bit numbers held in memory.
  fileprivate init(_ element: ElementType, inMemory words: [UInt64]) throws(ArrayFault) {
    var element = element
    element.isBigEndian = 1.bigEndian == 1
    let bytes = words.withUnsafeBytes { Array($0) }
    try self.init(element, shape: [words.count], bytes: RandomAccessBytes(bytes))
  }
}
