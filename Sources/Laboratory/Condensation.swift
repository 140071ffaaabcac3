import Predictions

/// How alike rows are.
public enum Condensation {
  /// The mean cosine over pairs of different rows, (nq − 1)/(n − 1) with q = ‖mean of x/‖x‖‖², 1 at most.
  /// Rows that are zero are left out; NaN with fewer than two others, and where a number is not finite.
  public static func unbiased(_ values: [Double], columns: Int) -> Double {
    var sum = [Double](repeating: 0, count: columns)
    var count = 0
    for start in stride(from: 0, to: values.count, by: columns) {
      var square = 0.0
      for column in 0..<columns { square += values[start + column] * values[start + column] }
      if square == 0 { continue }
      let inverse = 1 / square.squareRoot()
      for column in 0..<columns { sum[column] += inverse * values[start + column] }
      count += 1
    }
    guard count > 1 else { return .nan }
    let condensation = sum.reduce(0) { $0 + $1 * $1 } / Double(count * count)
    // Rounding may give more than 1 where all rows are alike; a NaN stays one.
    let cosine = CondensedFeatures.withoutSelfPairs(condensation, sampleCount: count)
    return cosine > 1 ? 1 : cosine
  }
}
