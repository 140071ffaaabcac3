import CollapseCore
import LinearAlgebra

/// What the rows of a set of many classes are compared with: a vector per class about μ_G, in
/// float32 for the bulk of the work and in float64 for what that leaves open.
struct ManyClassVectors: Sendable {
  /// Vectors in float64, where they are anyway: a copy would be as large as what it is of.
  enum Vectors: Sendable {
    case matrix(Matrix)
    /// Rows of `stride` doubles.
    case buffer(AlignedBuffer, count: Int, stride: Int)

    var count: Int {
      switch self {
      case .matrix(let matrix): matrix.rows
      case .buffer(_, let count, _): count
      }
    }

    var stride: Int {
      switch self {
      case .matrix(let matrix): matrix.columns
      case .buffer(_, _, let stride): stride
      }
    }

    /// Hands over the first of the vectors, which lie `stride` apart.
    func withFirst<Result>(_ body: (UnsafePointer<Double>) throws -> Result) rethrows -> Result {
      switch self {
      case .matrix(let matrix):
        try matrix.elements.withUnsafeBufferPointer { try body($0.baseAddress!) }
      case .buffer(let buffer, _, _): try body(buffer.base)
      }
    }

    /// Hands over the vector of a class.
    func withVector<Result>(
      _ number: Int, _ body: (UnsafePointer<Double>) throws -> Result
    ) rethrows -> Result {
      try withFirst { try body($0 + number * stride) }
    }
  }

  /// One set of vectors.
  struct Side: Sendable {
    let wide: Vectors
    /// Rows of the plan's stride; `nil` where everything is in float64.
    let narrow: AlignedBuffer?
    /// What is added to a product with h − μ_G.
    let offsets: [Double]
    let largestNorm: Double

    /// - Parameter stride: of the float32 copy.
    init(_ wide: Vectors, columns: Int, stride: Int, offsets: [Double], isNarrow: Bool) {
      (self.wide, self.offsets) = (wide, offsets)
      let copy =
        isNarrow
        ? AlignedBuffer(byteCount: wide.count * stride * MemoryLayout<Float>.stride) : nil
      var largest = 0.0
      for number in 0..<wide.count {
        wide.withVector(number) { vector in
          let elements = UnsafeBufferPointer(start: vector, count: columns)
          largest = max(largest, elements.reduce(0) { $0 + $1 * $1 })
          guard let target = copy?.floats else { return }
          for (column, element) in elements.enumerated() {
            target[number * stride + column] = Float(element)
          }
        }
      }
      (largestNorm, narrow) = (largest.squareRoot(), copy)
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
