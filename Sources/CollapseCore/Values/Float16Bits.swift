extension Float {
  /// The value of float16 bits.
  ///
  /// Shifted into place, sign aside, they are a float32 too small by 2^112, subnormals included;
  /// the product is exact. Branch-free, so that loops over it become vector code, which the
  /// conversion of `Float16` on a plain x86-64 does not.
  @inlinable
  package init(float16Bits bits: UInt16) {
    let sign = UInt32(bits & 0x8000) << 16
    let magnitude = UInt32(bits & 0x7fff) << 13
    let finite = (Float(bitPattern: magnitude) * 0x1p112).bitPattern
    let special = magnitude | 0x7f80_0000  // infinity and NaN keep their payload
    self.init(bitPattern: sign | (bits & 0x7c00 == 0x7c00 ? special : finite))
  }
}
