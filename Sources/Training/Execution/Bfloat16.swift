/// Numbers of float32's range and 8 bits of precision, kept as the upper half of a float.
enum Bfloat16 {
  @inline(__always)
  static func value(_ bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }

  /// The nearest one, of two equally near the even; what is not a number stays so.
  @inline(__always)
  static func bits(_ value: Float) -> UInt16 {
    if value.isNaN { return 0x7fc0 }
    let pattern = value.bitPattern
    return UInt16(truncatingIfNeeded: (pattern &+ 0x7fff &+ (pattern >> 16 & 1)) >> 16)
  }
}
