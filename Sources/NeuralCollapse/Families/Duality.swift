import CollapseCore
import LinearAlgebra

extension Measure {
  /// `nc3_duality_distance` of the output.
  public static let nc3DualityDistance = Measure(
    "nc3_duality_distance", .duality, "‖W/‖W‖_F − M/‖M‖_F‖_F",
    "Distance of the classifier from the centred class means, both at unit norm.",
    underCollapse: "0", .lower, citation: "Papyan, Han & Donoho 2020", needs: .classifier)

  /// `nc3_alignment_etf_distance` of the output.
  public static let nc3AlignmentEtfDistance = Measure(
    "nc3_alignment_etf_distance", .duality, "‖WMᵀ/‖WMᵀ‖_F − (I − 11ᵀ/C)/√(C−1)‖_F",
    "Distance of W Mᵀ from a simplex ETF's Gram matrix.",
    underCollapse: "0", .lower, citation: "Zhu et al. 2021", needs: .classifier,
    needsSimplex: true)

  /// `nc3_cosine_gap_mean` of the output.
  public static let nc3CosineGapMean = Measure(
    "nc3_cosine_gap_mean", .duality, "mean over classes of 1 − cos(w_c, m_c)",
    "Mean angle between a class's row of W and its centred mean.",
    underCollapse: "0", .lower, citation: "Jiang et al. 2023", needs: .classifier)

  /// `nc3_cosine_gap_max` of the output.
  public static let nc3CosineGapMax = Measure(
    "nc3_cosine_gap_max", .duality, "max over classes of 1 − cos(w_c, m_c)",
    "Largest angle between a class's row of W and its centred mean.",
    underCollapse: "0", .lower, citation: "Jiang et al. 2023", needs: .classifier)

  /// `nc3_uniform_duality_std` of the output.
  public static let nc3UniformDualityStd = Measure(
    "nc3_uniform_duality_std", .duality, "std over classes of cos(w_c, m_c)",
    "Spread of the cosines between rows of W and centred means.", underCollapse: "0", .lower,
    citation: "Wu & Papyan 2024", needs: .classifier)

  /// `nc3_uniform_duality_cov` of the output.
  public static let nc3UniformDualityCov = Measure(
    "nc3_uniform_duality_cov", .duality, "std/mean over classes of ⟨w_c, m_c⟩",
    "Spread of the products of rows of W and centred means.", underCollapse: "0", .lower,
    citation: "Wu & Papyan 2024", needs: .classifier)

  /// `nc3_subspace_alignment` of the output.
  public static let nc3SubspaceAlignment = Measure(
    "nc3_subspace_alignment", .duality, "‖P_W − P_M‖_F/√(2 min rank)",
    "Distance of the span of the centred rows of W from that of the centred means.",
    underCollapse: "0", .lower, citation: "Rangamani et al. 2023", needs: .classifier)

  /// `dnc3_residual` of the output.
  public static let dnc3Residual = Measure(
    "dnc3_residual", .duality, "‖W(I − Π)‖_F/‖W‖_F",
    "What of W lies outside the span of the uncentred class means, Π the projector onto it.",
    underCollapse: "0", .lower, citation: "Súkeník, Mondelli & Lampert 2023",
    needs: .classifier)
}

extension TableKey {
  /// `nc3_cosine` of the output: a row per centred class mean, a column per row of W.
  public static let nc3Cosine = TableKey(
    "nc3_cosine", .perPair, .duality, "cos(m_c, w_c')",
    "Cosines of centred class means, in rows, with rows of W, in columns.",
    underCollapse: "1 on the diagonal, −1/(C−1) beside it", needs: .classifier)

  /// `nc3_cosine_gap` of the output.
  public static let nc3CosineGap = TableKey(
    "nc3_cosine_gap", .perClass, .duality, "1 − cos(w_c, m_c)",
    "Angle between a class's row of W and its centred mean.", underCollapse: "0",
    needs: .classifier)
}

extension MeasureFamily {
  static let duality = MeasureFamily(
    measures: [
      .nc3DualityDistance, .nc3AlignmentEtfDistance, .nc3CosineGapMean, .nc3CosineGapMax,
      .nc3UniformDualityStd, .nc3UniformDualityCov, .nc3SubspaceAlignment, .dnc3Residual,
    ],
    evaluate: { summary, findings in
      guard let weights = summary.classifier?.weights else { return }
      let keys = findings.family
      guard summary.classCount > 1 else { return findings.undefined(keys, "one class") }
      let weightNorm = weights.frobeniusNorm
      guard weightNorm > 0 else {
        return findings.undefined(keys, "the weights are zero")
      }
      try recordSubspaces(weights, summary, &findings)
      let means = summary.directedCentredMeans
      guard means.frobeniusNorm > 0 else {
        return findings.undefined(
          keys.filter { findings.measurements[$0.key] == nil }, "zero variance between classes")
      }
      findings[.nc3DualityDistance] = distance(
        weights, scale: 1 / weightNorm, means, scale: 1 / means.frobeniusNorm)
      FrameGeometry.recordSimplexDistance(
        try alignmentDistance(weights, means, summary.tiles), classes: weights.rows,
        dimension: means.columns, as: .nc3AlignmentEtfDistance, into: &findings)

      let norms = (weights: weights.rowNorms, means: means.rowNorms)
      if summary.wantsPairTables {
        let table = try PairTable(
          units(means, norms.means), units(weights, norms.weights),
          isKnown: (norms.means.map { $0 > 0 }, norms.weights.map { $0 > 0 }),
          wanted: summary.pairTables, summary.tiles)
        findings.record(table, as: .nc3Cosine)
      }
      // 1 − cos = ½‖ŵ − m̂‖², which keeps its digits when the two directions agree.
      let gaps: [Double?] = (0..<summary.classCount).map { index in
        let (a, b) = (norms.weights[index], norms.means[index])
        guard a > 0, b > 0 else { return nil }
        return zip(weights.row(index), means.row(index)).reduce(0) { sum, pair in
          let difference = pair.0 / a - pair.1 / b
          return sum + difference * difference / 2
        }
      }
      findings[perClass: .nc3CosineGap] = gaps
      let products = Moments(
        (0..<summary.classCount).map { dot(weights.row($0), means.row($0)) })
      if products.mean == 0 {
        findings.undefined([.nc3UniformDualityCov], "the mean product is zero")
      } else {
        findings[.nc3UniformDualityCov] = products.coefficientOfVariation
      }
      let known = gaps.compactMap { $0 }
      guard known.count == gaps.count else {
        return findings.undefined(
          [.nc3CosineGapMean, .nc3CosineGapMax, .nc3UniformDualityStd],
          "a row of W or a centred mean is zero and has no direction")
      }
      findings[.nc3CosineGapMean] = known.reduce(0, +) / Double(known.count)
      findings[.nc3CosineGapMax] = known.max()
      findings[.nc3UniformDualityStd] = Moments(known).deviation
    })

  private static func units(_ matrix: Matrix, _ norms: [Double]) -> Matrix {
    matrix.scalingRows(by: norms.map { $0 > 0 ? 1 / $0 : 0 })
  }

  /// ‖a·x − b·y‖_F.
  private static func distance(
    _ x: Matrix, scale a: Double, _ y: Matrix, scale b: Double
  ) -> Double {
    zip(x.elements, y.elements).reduce(0) { sum, pair in
      let difference = a * pair.0 - b * pair.1
      return sum + difference * difference
    }.squareRoot()
  }

  /// ‖WMᵀ/‖WMᵀ‖_F − (I − 11ᵀ/C)/√(C−1)‖_F; `nil` where WMᵀ is zero.
  private static func alignmentDistance(
    _ weights: Matrix, _ means: Matrix, _ tiles: PairTiles
  ) throws -> Double? {
    let classes = Double(weights.rows)
    guard weights.rows <= weights.columns + 1 else { return nil }
    let scale = try tiles.gramNorm(weights, means)
    guard scale > 0 else { return nil }
    let elsewhere = -1 / (classes - 1).squareRoot() / classes
    let diagonal = (1 - 1 / classes) / (classes - 1).squareRoot()
    return try tiles.fold(weights, means) {
      0.0
    } add: { tile, sum in
      for row in tile.rows {
        for column in tile.columns(of: row) {
          let difference = tile[row, column] / scale - (row == column ? diagonal : elsewhere)
          sum += difference * difference
        }
      }
    } merge: {
      $0 += $1
    }.squareRoot()
  }

  private static func recordSubspaces(
    _ weights: Matrix, _ summary: CollapseSummary, _ findings: inout Findings
  ) throws {
    guard let (meanSpan, weightSpan) = summary.spans else { return }
    let between = try Span(summary.between, dimension: summary.dimension)
    if meanSpan.rank == 0 {
      findings.undefined([.dnc3Residual], "every class mean is zero")
    } else {
      findings[.dnc3Residual] =
        try meanSpan.residual(of: weights) / weights.frobeniusNorm
    }
    guard weightSpan.rank > 0, between.rank > 0 else {
      return findings.undefined(
        [.nc3SubspaceAlignment],
        between.rank > 0
          ? "the centred weights are zero" : "zero variance between classes")
    }
    // ‖P_W − P_M‖² is what of either lies outside the other: nothing cancels.
    let sides = [weightSpan, between]
    let residuals = try Parallel.map(2, threads: summary.threads) { side in
      try sides[1 - side].residual(of: sides[side])
    }
    let (outside, missing) = (residuals[0], residuals[1])
    findings[.nc3SubspaceAlignment] =
      ((outside * outside + missing * missing)
      / Double(2 * min(weightSpan.rank, between.rank))).squareRoot()
  }
}
