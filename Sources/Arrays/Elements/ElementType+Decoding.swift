import CollapseCore

extension ElementType {
  /// Writes the numbers in `source` as float32.
  ///
  /// - Precondition: ``fitsFloat32``, and `source` holds `target.count` numbers.
  public func decode(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(fitsFloat32 && source.count == target.count * size)
    switch format {
    case .float16: each(source, target) { (bits: UInt16) in Float(float16Bits: bits) }
    case .bfloat16: each(source, target) { (bits: UInt16) in Float(bitPattern: UInt32(bits) << 16) }
    case .float32: each(source, target) { (bits: UInt32) in Float(bitPattern: bits) }
    case .int8: each(source, target) { (value: Int8) in Float(value) }
    case .uint8: each(source, target) { (value: UInt8) in Float(value) }
    case .int16: each(source, target) { (value: Int16) in Float(value) }
    case .uint16: each(source, target) { (value: UInt16) in Float(value) }
    default: preconditionFailure("\(self) does not fit float32")
    }
  }

  /// Writes the numbers in `source` as float64.
  ///
  /// - Precondition: `source` holds `target.count` numbers.
  /// - Returns: the position of a 64-bit integer that no float64 equals, or `nil`.
  public func decode(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableBufferPointer<Double>
  ) -> Int? {
    precondition(source.count == target.count * size)
    switch format {
    case .float16:
      each(source, target) { (bits: UInt16) in Double(Float(float16Bits: bits)) }
    case .bfloat16:
      each(source, target) { (bits: UInt16) in Double(Float(bitPattern: UInt32(bits) << 16)) }
    case .float32: each(source, target) { (bits: UInt32) in Double(Float(bitPattern: bits)) }
    case .float64: each(source, target) { (bits: UInt64) in Double(bitPattern: bits) }
    case .int8: each(source, target) { (value: Int8) in Double(value) }
    case .uint8: each(source, target) { (value: UInt8) in Double(value) }
    case .int16: each(source, target) { (value: Int16) in Double(value) }
    case .uint16: each(source, target) { (value: UInt16) in Double(value) }
    case .int32: each(source, target) { (value: Int32) in Double(value) }
    case .uint32: each(source, target) { (value: UInt32) in Double(value) }
    case .int64:
      each(source, target) { (value: Int64) in Double(value) }
      return firstInexact(source, target.count) { Double(exactly: $0 as Int64) == nil }
    case .uint64:
      each(source, target) { (value: UInt64) in Double(value) }
      return firstInexact(source, target.count) { Double(exactly: $0 as UInt64) == nil }
    }
    return nil
  }

  /// Writes the integers in `source` as 64-bit integers.
  ///
  /// - Precondition: ``isInteger``, and `source` holds `target.count` numbers.
  /// - Returns: the position of an integer beyond 63 bits, or `nil`.
  public func decode(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableBufferPointer<Int64>
  ) -> Int? {
    precondition(isInteger && source.count == target.count * size)
    switch format {
    case .int8: each(source, target) { (value: Int8) in Int64(value) }
    case .uint8: each(source, target) { (value: UInt8) in Int64(value) }
    case .int16: each(source, target) { (value: Int16) in Int64(value) }
    case .uint16: each(source, target) { (value: UInt16) in Int64(value) }
    case .int32: each(source, target) { (value: Int32) in Int64(value) }
    case .uint32: each(source, target) { (value: UInt32) in Int64(value) }
    case .int64: each(source, target) { (value: Int64) in value }
    case .uint64:
      each(source, target) { (value: UInt64) in Int64(truncatingIfNeeded: value) }
      return target.firstIndex { $0 < 0 }
    default: preconditionFailure("\(self) is no integer")
    }
    return nil
  }

  /// The number that `bytes` are; `nil` for an integer beyond 63 bits.
  ///
  /// - Precondition: `bytes` are those of one number.
  func value(of bytes: [UInt8]) -> AttributeValue? {
    bytes.withUnsafeBytes { source in
      if isInteger {
        var value: Int64 = 0
        let beyond = withUnsafeMutablePointer(to: &value) {
          decode(source, into: UnsafeMutableBufferPointer(start: $0, count: 1))
        }
        return beyond == nil ? .integer(value) : nil
      }
      var value = 0.0
      _ = withUnsafeMutablePointer(to: &value) {
        decode(source, into: UnsafeMutableBufferPointer(start: $0, count: 1))
      }
      return .double(value)
    }
  }

  @inline(__always)
  private func each<Stored: FixedWidthInteger & BitwiseCopyable, Value>(
    _ source: UnsafeRawBufferPointer, _ target: UnsafeMutableBufferPointer<Value>,
    _ value: (Stored) -> Value
  ) {
    guard let bytes = source.baseAddress, let out = target.baseAddress else { return }
    let stride = MemoryLayout<Stored>.size
    if isNative {
      for index in 0..<target.count {
        out[index] = value(bytes.loadUnaligned(fromByteOffset: index * stride, as: Stored.self))
      }
    } else {
      for index in 0..<target.count {
        let stored = bytes.loadUnaligned(fromByteOffset: index * stride, as: Stored.self)
        out[index] = value(stored.byteSwapped)
      }
    }
  }

  private func firstInexact<Stored: FixedWidthInteger & BitwiseCopyable>(
    _ source: UnsafeRawBufferPointer, _ count: Int, _ isInexact: (Stored) -> Bool
  ) -> Int? {
    (0..<count).first { index in
      let stored = source.loadUnaligned(
        fromByteOffset: index * MemoryLayout<Stored>.size, as: Stored.self)
      return isInexact(isNative ? stored : stored.byteSwapped)
    }
  }
}
