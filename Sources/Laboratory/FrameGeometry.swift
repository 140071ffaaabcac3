public import CollapseCore
import LinearAlgebra

/// Class means as a frame of vectors, not centred, and how far samples lie from them.
///
/// Centred, an orthogonal frame is a simplex: what tells the two apart is not centred.
public struct FrameGeometry: Sendable {
  /// A row per class.
  public let means: Matrix
  /// Σ‖h−μ_c‖² / Σ n_c‖μ_c−μ‖²: 0 under collapse; NaN without any difference of means.
  public let variability: Double
  /// ⟨μ_c, μ_c'⟩/(‖μ_c‖‖μ_c'‖) for c < c' in order, of the classes with a mean that is not zero.
  public let cosines: [Double]

  /// - Parameter samples: a row per sample, those of a class next to each other.
  public init(_ samples: Matrix, classCounts: [Int]) {
    var means = Matrix(rows: classCounts.count, columns: samples.columns)
    var within = 0.0
    var start = 0
    for (label, count) in classCounts.enumerated() {
      let rows = samples.selectingRows(Array(start..<start + count))
      let mean = rows.meanRow
      let rest = rows.subtractingFromRows(mean).frobeniusNorm
      within += rest * rest
      for (column, value) in mean.enumerated() { means[label, column] = value }
      start += count
    }
    self.init(means: means, within: within, classCounts: classCounts)
  }

  /// Rows that are vectors of one class each, such as those of a classifier.
  public init(rows: Matrix) {
    self.init(means: rows, within: 0, classCounts: Array(repeating: 1, count: rows.rows))
  }

  private init(means: Matrix, within: Double, classCounts: [Int]) {
    self.means = means
    let total = Double(classCounts.reduce(0, +))
    let center = means.meanRow(weights: classCounts.map { Double($0) / total })
    let between = zip(classCounts, means.subtractingFromRows(center).rowNorms)
      .reduce(0) { $0 + Double($1.0) * $1.1 * $1.1 }
    variability = between > 0 ? within / between : .nan
    let norms = means.rowNorms
    let largest = norms.max() ?? 0
    var cosines: [Double] = []
    for first in norms.indices {
      for second in norms.indices
      where second > first && min(norms[first], norms[second]) > 1e-12 * max(largest, 1e-300) {
        cosines.append(dot(means.row(first), means.row(second)) / norms[first] / norms[second])
      }
    }
    self.cosines = cosines
  }

  public var norms: [Double] { means.rowNorms }

  /// The cosine between every two means; NaN of one that is zero.
  public var cosineMatrix: Matrix {
    let norms = norms
    var cosines = Matrix(rows: means.rows, columns: means.rows)
    for first in norms.indices {
      for second in norms.indices {
        cosines[first, second] =
          dot(means.row(first), means.row(second)) / (norms[first] * norms[second])
      }
    }
    return cosines
  }

  /// The largest norm over the smallest, less 1.
  public var normSpread: Double {
    let norms = norms
    guard let least = norms.min(), let most = norms.max(), least > 0 else { return .nan }
    return most / least - 1
  }

  public var meanCosine: Double { cosines.reduce(0, +) / Double(cosines.count) }

  public var cosineDeviation: Double {
    let mean = meanCosine
    let sum = cosines.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (sum / Double(cosines.count)).squareRoot()
  }

  /// The largest distance of a cosine from `ideal`.
  public func cosineDistance(from ideal: Double) -> Double {
    cosines.reduce(0) { max($0, abs($1 - ideal)) }
  }
}
