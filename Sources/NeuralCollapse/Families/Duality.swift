import CollapseCore

extension MeasureFamily {
  static let duality = MeasureFamily(
    measures: [
      Measure(
        "nc3_duality_distance", .duality, "‖W/‖W‖_F − M/‖M‖_F‖_F",
        "Distance of the classifier from the centred class means, both at unit norm.",
        underCollapse: "0", .lower, citation: "Papyan, Han & Donoho 2020", needs: .classifier),
      Measure(
        "nc3_alignment_etf_distance", .duality, "‖WMᵀ/‖WMᵀ‖_F − (I − 11ᵀ/C)/√(C−1)‖_F",
        "Distance of W Mᵀ from a simplex ETF's Gram matrix.",
        underCollapse: "0", .lower, citation: "Zhu et al. 2021", needs: .classifier),
      Measure(
        "nc3_cosine_gap_mean", .duality, "mean over classes of 1 − cos(w_c, m_c)",
        "Mean angle between a class's row of W and its centred mean.",
        underCollapse: "0", .lower, citation: "Jiang et al. 2023", needs: .classifier),
      Measure(
        "nc3_cosine_gap_max", .duality, "max over classes of 1 − cos(w_c, m_c)",
        "Largest angle between a class's row of W and its centred mean.",
        underCollapse: "0", .lower, citation: "Jiang et al. 2023", needs: .classifier),
    ],
    evaluate: { summary, findings in
      guard let weights = summary.classifier?.weights else { return }
      let keys = findings.family
      guard summary.classCount > 1 else { return findings.undefined(keys, "one class") }
      let means = summary.directedCentredMeans
      guard weights.frobeniusNorm > 0 else {
        return findings.undefined(keys, "the weights are zero")
      }
      guard means.frobeniusNorm > 0 else {
        return findings.undefined(keys, "zero variance between classes")
      }
      findings["nc3_duality_distance"] =
        weights.scaled(by: 1 / weights.frobeniusNorm)
        .distance(to: means.scaled(by: 1 / means.frobeniusNorm))
      FrameGeometry.recordSimplexDistance(
        of: weights.timesTransposed(means), dimension: means.columns,
        as: "nc3_alignment_etf_distance", into: &findings)

      let norms = (weights: weights.rowNorms, means: means.rowNorms)
      findings.perPair["nc3_cosine"] = cosines(of: means, with: weights, norms: norms)
      // 1 − cos = ½‖ŵ − m̂‖², which keeps its digits when the two directions agree.
      let gaps: [Double?] = (0..<summary.classCount).map { index in
        let (a, b) = (norms.weights[index], norms.means[index])
        guard a > 0, b > 0 else { return nil }
        return zip(weights.row(index), means.row(index)).reduce(0) { sum, pair in
          let difference = pair.0 / a - pair.1 / b
          return sum + difference * difference / 2
        }
      }
      findings.perClass["nc3_cosine_gap"] = gaps
      let known = gaps.compactMap { $0 }
      guard known.count == gaps.count else {
        return findings.undefined(
          ["nc3_cosine_gap_mean", "nc3_cosine_gap_max"],
          "a row of W or a centred mean is zero and has no direction")
      }
      findings["nc3_cosine_gap_mean"] = known.reduce(0, +) / Double(known.count)
      findings["nc3_cosine_gap_max"] = known.max()
    })

  /// cos(m_c, w_c'), a row per centred mean, a column per row of W; `nil` where either is zero.
  private static func cosines(
    of means: Matrix, with weights: Matrix, norms: (weights: [Double], means: [Double])
  ) -> [[Double?]] {
    func units(_ matrix: Matrix, _ norms: [Double]) -> Matrix {
      matrix.scalingRows(by: norms.map { $0 > 0 ? 1 / $0 : 0 })
    }
    let products = units(means, norms.means).timesTransposed(units(weights, norms.weights))
    return (0..<means.rows).map { first in
      (0..<weights.rows).map { second in
        norms.means[first] > 0 && norms.weights[second] > 0 ? products[first, second] : nil
      }
    }
  }
}
