import CollapseCore
import LinearAlgebra

extension Measure {
  /// `mse_lnc1` of the output.
  public static let mseLnc1 = Measure(
    "mse_lnc1", .loss, "½ tr(W_LS Σ_W W_LSᵀ)",
    "Squared error of the least-squares classifier that comes from spread within classes.",
    underCollapse: "0", .lower, citation: "Han, Papyan & Donoho 2022", needs: .spectrum)

  /// `mse_lnc23` of the output.
  public static let mseLnc23 = Measure(
    "mse_lnc23", .loss, "½ Σ_c (n_c/N)‖W_LS μ_c − e_c‖²",
    "Squared error of the least-squares classifier at the class means.", underCollapse: "0",
    .lower, citation: "Han, Papyan & Donoho 2022", needs: .spectrum)

  /// `mse_deviation` of the output.
  public static let mseDeviation = Measure(
    "mse_deviation", .loss, "½ tr((W−W_LS) S (W−W_LS)ᵀ)",
    "What the classifier's squared error exceeds that of the least-squares one by.",
    underCollapse: "0", .lower, citation: "Han, Papyan & Donoho 2022", needs: .spectrum)
}

extension MeasureFamily {
  /// How the squared error of the classifier onto one-hot labels comes apart.
  static let squaredError = MeasureFamily(
    measures: [.mseLnc1, .mseLnc23, .mseDeviation],
    evaluate: { summary, findings in
      guard let within = summary.scatterFactor?.within else { return }
      let samples = Double(summary.sampleCount)
      let roots = summary.counts.map { (Double($0) / samples).squareRoot() }
      // Features extended by a 1 for the bias: it does not vary within a class.
      let spread = within.scaled(by: 1 / samples.squareRoot()).extended(by: 0)
      let means = summary.means.extended(by: 1)
      // S = KᵀK, and W_LS = diag(n_c/N) M S⁺ = diag(√(n_c/N)) U_M Σ⁻¹ Vᵀ with K = UΣVᵀ.
      let stacked = spread.above(means.scalingRows(by: roots))
      let (values, vectors) = try stacked.singularValueDecomposition()
      let limit = Double(stacked.rows) * 0x1p-52 * (values.first ?? 0)
      let rank = values.filter { $0 > limit }.count
      let basis = vectors.selectingRows(Array(0..<rank))
      let inverse = basis.scalingRows(by: values[..<rank].map { 1 / $0 })
      // M Vᵀ Σ⁻¹ · Σ⁻¹ V.
      let coordinates = try means.timesTransposed(inverse)
      let leastSquares = try coordinates.timesTransposed(inverse.transposed)
        .scalingRows(by: roots.map { $0 * $0 })
      let decided = try spread.timesTransposed(leastSquares).frobeniusNorm
      findings[.mseLnc1] = decided * decided / 2
      let outputs = try means.timesTransposed(leastSquares)
      findings[.mseLnc23] =
        (0..<summary.classCount).reduce(0) { sum, row in
          let error = outputs.row(row).enumerated().reduce(0) { error, output in
            let difference = output.element - (output.offset == row ? 1 : 0)
            return error + difference * difference
          }
          return sum + roots[row] * roots[row] * error
        } / 2
      guard let classifier = summary.classifier else {
        return findings.undefined([.mseDeviation], "no classifier")
      }
      let weights = classifier.weights.extended(
        by: classifier.bias ?? Array(repeating: 0, count: summary.classCount))
      let difference = zip(weights.elements, leastSquares.elements).map { $0 - $1 }
      let norm = try stacked.timesTransposed(
        Matrix(rows: weights.rows, columns: weights.columns, elements: difference)
      ).frobeniusNorm
      findings[.mseDeviation] = norm * norm / 2
    })
}

extension Matrix {
  /// This matrix with one more column.
  fileprivate func extended(by column: [Double]) -> Matrix {
    Matrix(
      rows: rows, columns: columns + 1,
      elements: (0..<rows).flatMap { Array(row($0)) + [column[$0]] })
  }

  fileprivate func extended(by value: Double) -> Matrix {
    extended(by: Array(repeating: value, count: rows))
  }
}
