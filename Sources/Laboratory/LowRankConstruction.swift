import CollapseCore
import LinearAlgebra
public import Predictions

extension FeatureChain {
  /// A configuration of low rank as parameters, with ReLUs, for the edges of the complete graph on r
  /// vertices as classes; `nil` where it is trivial, or a layer is too narrow.
  ///
  /// H₁ and W₁ share B: M₂ = W₁H₁ ∝ B, then scaled identities on r coordinates, W_{L−1} and W_L as
  /// the construction says. Groups are scaled to the one penalty that every stationary point has.
  public func lowRankConstruction(
    _ construction: LowRankFeatures.Construction, rank r: Int
  ) throws -> [Double]? {
    let low = LowRankFeatures(construction, rank: r, depth: depth)
    let n = classCounts[0]
    let product = weightDecays.reduce(Double(n) * featureDecay, *)
    let features = DeepFeatures(depth: depth, decayProduct: product, spread: low.spread)
    let edges = (0..<r).flatMap { a in (a + 1..<r).map { [a, $0] } }
    let triangles = edges.flatMap { edge in (edge[1] + 1..<max(r, edge[1] + 1)).map { edge + [$0] }
    }
    let top = construction == .triangles ? triangles.count : edges.count
    guard let penalty = features.groupPenalty,
      classCount == edges.count, widths.dropLast().allSatisfy({ $0 >= r }),
      widths[0] >= r, widths[depth - 1] >= top
    else { return nil }
    // Unit matrices of the groups, scaled after; rows are outputs.
    var incidence = Matrix(rows: r, columns: edges.count)
    for (column, edge) in edges.enumerated() {
      for vertex in edge { incidence[vertex, column] = 1 }
    }
    // H₁ = √Σ Vᵀ, W₁ = U √Σ of B = UΣVᵀ: the cheapest factors of their product.
    let (values, vectors) = try incidence.singularValueDecomposition()
    var left = Matrix(rows: r, columns: r)  // columns are u_k √σ_k
    for k in 0..<r {
      for vertex in 0..<r {
        let sum = edges.indices.reduce(0.0) { $0 + incidence[vertex, $1] * vectors[k, $1] }
        left[vertex, k] = sum / values[k].squareRoot()
      }
    }
    var groupMatrices: [Matrix] = []
    var featureMatrix = Matrix(rows: sampleCount, columns: widths[0])
    for (sample, label) in labels.enumerated() {
      for k in 0..<r { featureMatrix[sample, k] = values[k].squareRoot() * vectors[k, label] }
    }
    groupMatrices.append(featureMatrix)
    for layer in 1...depth {
      var weights = Matrix(rows: outputs(of: layer), columns: widths[layer - 1])
      if layer == depth {
        let pattern = try finalWeights(construction, edges, triangles)
        for row in 0..<edges.count {
          for column in 0..<top { weights[row, column] = pattern[row, column] }
        }
      } else if layer == depth - 1 {
        for row in 0..<top {
          for vertex in 0..<r {
            let isIn = (construction == .triangles ? triangles : edges)[row].contains(vertex)
            let value =
              construction == .triangles ? (isIn ? 1.0 : -1.0) : (isIn ? 0.5 : -0.5)
            weights[row, vertex] = value
          }
        }
      } else {
        for row in 0..<r {
          for column in 0..<r {
            weights[row, column] = layer == 1 ? left[row, column] : row == column ? 1 : 0
          }
        }
      }
      groupMatrices.append(weights)
    }
    var point: [Double] = []
    for (group, matrix) in zip(groups, groupMatrices) {
      let norm = matrix.frobeniusNorm
      point += matrix.scaled(by: (penalty / group.decay).squareRoot() / norm).elements
    }
    return point
  }

  /// W_L up to a factor: the identity for the graph, the pseudoinverse of the classes' triangles.
  private func finalWeights(
    _ construction: LowRankFeatures.Construction, _ edges: [[Int]], _ triangles: [[Int]]
  ) throws -> Matrix {
    var pattern = Matrix(
      rows: edges.count, columns: construction == .triangles ? triangles.count : edges.count)
    guard construction == .triangles else {
      for edge in edges.indices { pattern[edge, edge] = 1 }
      return pattern
    }
    // Tᵀ: row e, column t is 1 where edge e lies in triangle t. T⁺ = (TᵀT)⁻¹Tᵀ.
    for (column, triangle) in triangles.enumerated() {
      for (row, edge) in edges.enumerated()
      where edge.allSatisfy(triangle.contains) { pattern[row, column] = 1 }
    }
    let (values, vectors) = try pattern.timesTransposed(pattern).symmetricEigenproblem()
    // Σ_k v_k v_kᵀ pattern / value.
    let projected = try vectors.timesTransposed(pattern.transposed)
    let scaled = projected.scalingRows(by: values.map { 1 / $0 })
    return try vectors.transposed.timesTransposed(scaled.transposed)
  }
}
