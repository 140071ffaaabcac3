import CollapseCore
import LinearAlgebra

/// Bounds on the Hessian of cross-entropy by the weights of one layer of a bias-free network with
/// ReLUs, each no smaller than the one before.
///
/// With z what enters layer k, u = W_k z, F = ∂logits/∂u = W_L D_{L−1} … D_k (D the slopes of ReLUs)
/// and A = diag(p) − ppᵀ the block of one sample is FᵀAF ⊗ zzᵀ, of norm ‖FᵀAF‖‖z‖².
///
/// Source: Skorski et al., arXiv 2004.09506.
public struct CurvatureBounds: Sendable, Hashable {
  /// mean ‖FᵀAF‖‖z‖²: the norm itself for one sample.
  public let bySamples: Double
  /// mean ‖F‖²‖A‖‖z‖².
  public let byFactors: Double
  /// ½ Π_{l>k} ‖W_l‖² mean ‖z‖²: ‖A‖ is ½ at most.
  public let byWeights: Double
}

extension DenseModel {
  /// The bounds at a point, for the weights of layer k from 1.
  public func curvatureBounds(at point: [Double], ofLayer k: Int) throws -> CurvatureBounds {
    let pass = pass(at: point)
    let layers = network.layers
    let weights = layers.map { layer in
      Matrix(
        rows: layer.outputs, columns: layer.inputs, elements: Array(point[layer.weights]))
    }
    let transposed = weights.map(\.transposed)
    let classes = network.outputCount
    let inputs = layers[k - 1].inputs
    var (samples, factors, squares) = (0.0, 0.0, 0.0)
    for sample in 0..<sampleCount {
      var sensitivity = Matrix(rows: classes, columns: classes)
      for index in 0..<classes { sensitivity[index, index] = 1 }
      for layer in stride(from: layers.count, to: k, by: -1) {
        // F W_l, and then the slopes below it.
        sensitivity = try sensitivity.timesTransposed(transposed[layer - 1])
        let width = sensitivity.columns
        for row in 0..<classes {
          for column in 0..<width {
            sensitivity[row, column] *= pass.slopes[layer - 2][sample * width + column]
          }
        }
      }
      let root = Self.rootOfCurvature(
        pass.outputs[sample * classes..<(sample + 1) * classes])
      let entering = pass.entering[k - 1][sample * inputs..<(sample + 1) * inputs]
      let square = entering.reduce(0) { $0 + $1 * $1 }
      let whole = try root.timesTransposed(sensitivity.transposed).singularValues()[0]
      let (f, a) = (try sensitivity.singularValues()[0], try root.singularValues()[0])
      samples += whole * whole * square
      factors += f * f * a * a * square
      squares += square
    }
    let count = Double(sampleCount)
    let product = try weights.dropFirst(k).reduce(0.5) { product, matrix in
      let norm = try matrix.singularValues()[0]
      return product * norm * norm
    }
    return CurvatureBounds(
      bySamples: samples / count, byFactors: factors / count,
      byWeights: product * squares / count)
  }

  /// B with BᵀB = diag(p) − ppᵀ: (I − qqᵀ) diag(q) for q = √p.
  private static func rootOfCurvature(_ logits: ArraySlice<Double>) -> Matrix {
    var row = Array(logits)
    let count = row.count
    // What is left in the row is p less the unit vector of the label.
    _ = row.withUnsafeMutableBufferPointer {
      replaceByCrossEntropyGradient($0.baseAddress!, classCount: count, label: 0, count: 1)
    }
    row[0] += 1
    let root = row.map { max($0, 0).squareRoot() }
    var result = Matrix(rows: count, columns: count)
    for i in 0..<count {
      for j in 0..<count { result[i, j] = ((i == j ? 1 : 0) - root[i] * root[j]) * root[j] }
    }
    return result
  }
}
