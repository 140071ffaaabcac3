// The arrays begin at vector boundaries and are padded to them, so the loops below have no
// remainder: ranges are multiples of 16 floats.

typealias Vector = SIMD16<Float>
typealias Floats = UnsafeMutablePointer<Float>

@inline(__always)
func load(_ pointer: Floats, _ index: Int) -> Vector {
  UnsafeRawPointer(pointer + index).load(as: Vector.self)
}

@inline(__always)
func store(_ value: Vector, _ pointer: Floats, _ index: Int) {
  UnsafeMutableRawPointer(pointer + index).storeBytes(of: value, as: Vector.self)
}

/// Σ x² of a run of floats, in double precision.
func sumOfSquares(_ values: UnsafeMutablePointer<Float>, _ range: Range<Int>) -> Double {
  var sum = SIMD16<Double>.zero
  for index in stride(from: range.lowerBound, to: range.upperBound, by: 16) {
    let wide = SIMD16<Double>(load(values, index))
    sum += wide * wide
  }
  return sum.sum()
}
