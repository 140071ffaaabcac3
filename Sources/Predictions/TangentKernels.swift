public import CollapseCore
import LibC

/// Kernels of descent that are known in closed form.
public enum TangentKernels {
  /// The tangent kernel of f(x) = (1/√m) Σ_k a_k max(w_k·x, 0) at random a and w of unit variance, as
  /// m grows, for two inputs at an angle θ:
  ///
  ///     ‖x‖‖x'‖ (sin θ + (π−θ) cos θ)/2π + x·x' (π−θ)/2π.
  ///
  /// At finite m it is (1/m) Σ σ(w_k·x)σ(w_k·x') + (x·x'/m) Σ a_k² [w_k·x > 0][w_k·x' > 0].
  ///
  /// Source: Cho & Saul, Kernel Methods for Deep Learning, 2009, for its parts; Jacot et al., arXiv
  /// 1806.07572.
  public static func rectified(_ x: [Double], _ other: [Double]) -> Double {
    precondition(x.count == other.count)
    let product = zip(x, other).reduce(0) { $0 + $1.0 * $1.1 }
    let norms =
      (x.reduce(0) { $0 + $1 * $1 } * other.reduce(0) { $0 + $1 * $1 }).squareRoot()
    guard norms > 0 else { return 0 }
    let cosine = max(-1, min(1, product / norms))
    let angle = acos(cosine)
    let trained = norms * (sin(angle) + (.pi - angle) * cosine)
    return (trained + product * (.pi - angle)) / (2 * .pi)
  }

  /// The outputs of a linear model after `steps` steps of gradient descent of rate η from zero on
  /// ½ mean ‖y − f‖²: y − (I − ηK/N)^T y, for K = XXᵀ.
  public static func linearDescent(
    kernel: Matrix, targets: [Double], rate: Double, steps: Int
  ) -> [Double] {
    let count = targets.count
    precondition(kernel.rows == count && kernel.columns == count && steps >= 0)
    func product(_ a: Matrix, _ b: Matrix) -> Matrix {
      var result = Matrix(rows: a.rows, columns: b.columns)
      for row in 0..<a.rows {
        for inner in 0..<a.columns {
          let factor = a[row, inner]
          for column in 0..<b.columns { result[row, column] += factor * b[inner, column] }
        }
      }
      return result
    }
    var power = Matrix(rows: count, columns: count)
    for row in 0..<count {
      for column in 0..<count {
        power[row, column] = (row == column ? 1 : 0) - rate * kernel[row, column] / Double(count)
      }
    }
    var rest = Matrix(rows: count, columns: 1, elements: targets)
    // By squares of the matrix.
    var left = steps
    while left > 0 {
      if left % 2 == 1 { rest = product(power, rest) }
      left /= 2
      if left > 0 { power = product(power, power) }
    }
    return zip(targets, rest.elements).map { $0 - $1 }
  }
}
