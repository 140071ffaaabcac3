import CollapseCore
import LinearAlgebra

/// What the rows of a set of many classes are compared with: a vector per class about μ_G, in
/// float32 for the bulk of the work and in float64 for what that leaves open.
struct ManyClassVectors: Sendable {
  /// One set of vectors.
  struct Side: Sendable {
    /// Rows of `stride` doubles.
    let wide: AlignedBuffer
    /// Rows of `stride` floats; `nil` where everything is in float64.
    let narrow: AlignedBuffer?
    let stride: Int
    /// What is added to a product with h − μ_G.
    let offsets: [Double]
    let largestNorm: Double

    init(_ rows: [ArraySlice<Double>], stride: Int, offsets: [Double], isNarrow: Bool) {
      let wide = AlignedBuffer(rows, stride: stride)
      self.init(wide, count: rows.count, stride: stride, offsets: offsets, isNarrow: isNarrow)
    }

    init(_ wide: AlignedBuffer, count: Int, stride: Int, offsets: [Double], isNarrow: Bool) {
      (self.wide, self.stride, self.offsets) = (wide, stride, offsets)
      let elements = UnsafeBufferPointer(start: wide.base, count: count * stride)
      var largest = 0.0
      for row in 0..<count {
        largest = max(
          largest,
          elements[row * stride..<(row + 1) * stride].reduce(0) { $0 + $1 * $1 })
      }
      largestNorm = largest.squareRoot()
      guard isNarrow else {
        narrow = nil
        return
      }
      let copy = AlignedBuffer(byteCount: elements.count * MemoryLayout<Float>.stride)
      let target = copy.floats
      for (index, element) in elements.enumerated() { target[index] = Float(element) }
      narrow = copy
    }
  }

  /// W, with μ_G·w_k + b_k added; `nil` without a classifier.
  let weights: Side?
  /// μ_G·w_k and 1/‖w_k‖, 0 where w_k is zero.
  let centreLogits: [Double]
  let inverseWeightNorms: [Double]
  /// a_k − μ_G for the means a_k to decide by, with −½ of its square added; −∞ where class k has
  /// none.
  let means: Side
  /// ¼ min_k ‖μ_k − μ_c‖² per class, less a little for rounding: where z, or what is left of it in
  /// the span of the means, is shorter, the row's own mean is the nearest. Zero where other means
  /// decide.
  let radii: [Double]
  /// Whether products are in float32 and decided again where they leave doubt.
  let isNarrow: Bool

  /// From here on float64 would take longer than a start of the program, and the rounding of
  /// float32 averages out of the cross-entropy to less than 10⁻⁹.
  static func areNarrow(rows: Int, classes: Int, columns: Int) -> Bool {
    rows >= 1 << 15 && rows * classes >= (1 << 33) / max(columns, 1)
  }
}
