public import CollapseCore
import LibC

extension DenseModel {
  /// The coefficients c_0 … c_order of f(x; θ + tv) = Σ c_k tᵏ, a row for each sample.
  ///
  /// By arithmetic of truncated series through the layers. Of nets of squares the series ends at degree
  /// 2^L − 1 with L layers; of others it converges in a neighbourhood; of ReLUs it is that of the
  /// linear piece the point is in.
  public func series(at point: [Double], along direction: [Double], order: Int) -> [Matrix] {
    precondition(order >= 0 && direction.count == network.parameterCount)
    let zero = [Double](repeating: 0, count: inputs.elements.count)
    var terms = [inputs.elements] + Array(repeating: zero, count: order)
    for (index, layer) in network.layers.enumerated() {
      var next: [[Double]] = []
      for k in 0...order {
        var term = [Double](repeating: 0, count: sampleCount * layer.outputs)
        multiply(terms[k], point, layer, adding: false, into: &term)
        if k > 0 { multiply(terms[k - 1], direction, layer, adding: true, into: &term) }
        if k == 0 { addBias(layer, point, to: &term) }
        if k == 1 { addBias(layer, direction, to: &term) }
        next.append(term)
      }
      let isLast = index == network.layers.count - 1
      terms = isLast ? next : network.activation.series(next)
    }
    return terms.map { term in
      var term = term
      scale(&term, by: network.outputFactor)
      return rows(term)
    }
  }
}

extension DenseNetwork.Activation {
  /// σ(Σ u_k tᵏ), element by element.
  fileprivate func series(_ terms: [[Double]]) -> [[Double]] {
    switch self {
    case .identity: return terms
    case .relu:
      return terms.map { term in zip(terms[0], term).map { $0 > 0 ? $1 : 0 } }
    case .square: return terms.indices.map { Self.product(terms, terms, $0) }
    case .tanh:
      // y' = (1 − y²)u'
      return Self.integrated(terms, first: terms[0].map { LibC.tanh($0) }) { values, k in
        let square = Self.product(values, values, k)
        return square.map { k == 0 ? 1 - $0 : -$0 }
      }
    case .softplus:
      // y' = su' and s' = s(1 − s)u'.
      let slopes = Self.integrated(terms, first: terms[0].map { 1 / (1 + exp(-$0)) }) {
        values, k in
        zip(values[k], Self.product(values, values, k)).map { $0 - $1 }
      }
      return Self.integrated(
        terms, first: terms[0].map { max($0, 0) + log1p(exp(-abs($0))) }
      ) { _, k in slopes[k] }
    }
  }

  /// The coefficient of tᵏ of a product.
  private static func product(_ a: [[Double]], _ b: [[Double]], _ k: Int) -> [Double] {
    var result = [Double](repeating: 0, count: a[0].count)
    for j in 0...k {
      for index in result.indices { result[index] += a[j][index] * b[k - j][index] }
    }
    return result
  }

  /// y with y' = su', where s follows from the coefficients of y that are known:
  /// k y_k = Σ_{j=1}^{k} j u_j s_{k−j}.
  private static func integrated(
    _ terms: [[Double]], first: [Double], slope: ([[Double]], Int) -> [Double]
  ) -> [[Double]] {
    var values = [first]
    var slopes: [[Double]] = []
    for k in 1..<max(terms.count, 1) {
      slopes.append(slope(values, k - 1))
      var term = [Double](repeating: 0, count: first.count)
      for j in 1...k {
        for index in term.indices {
          term[index] += Double(j) * terms[j][index] * slopes[k - j][index]
        }
      }
      values.append(term.map { $0 / Double(k) })
    }
    return values
  }
}
