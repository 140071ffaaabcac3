import LinearAlgebra

extension MeasureFamily {
  static let variability = MeasureFamily(
    measures: [
      Measure(
        "nc1_pinv", .variability, "tr(Σ_W Σ_B⁺)/C",
        "Within-class covariance measured in units of the between-class covariance.",
        underCollapse: "0", .lower, citation: "Papyan, Han & Donoho 2020"),
      Measure(
        "nc1_trace_ratio", .variability, "tr Σ_W / tr Σ_B",
        "Total within-class variance over total between-class variance.",
        underCollapse: "0", .lower, citation: "Tirer & Bruna 2022"),
      Measure(
        "nc1_within_fraction", .variability, "tr Σ_W/(tr Σ_W + tr Σ_B)",
        "Share of the variance that lies within classes.",
        underCollapse: "0", .lower, citation: "Rangamani et al. 2023"),
      Measure(
        "nc1_cdnv", .variability, "mean over pairs of (v_c+v_c')/(2‖μ_c−μ_c'‖²)",
        "Class-distance normalized variance, v_c = mean‖h−μ_c‖².",
        underCollapse: "0", .lower, citation: "Galanti, György & Hutter 2021"),
      Measure(
        "nc1_cdnv_squared", .variability, "mean over pairs of (v_c+v_c')/(2‖μ_c−μ_c'‖⁴)",
        "Class-distance normalized variance over the fourth power of the distance.",
        underCollapse: "0", .lower, citation: "Wu & Papyan 2024"),
      Measure(
        "nc1_vci", .variability, "1 − tr((Σ_W+Σ_B)⁺ Σ_B)/rank Σ_B",
        "Variability collapse index: mean of 1/(1+λ) over the generalized eigenvalues of "
          + "(Σ_B, Σ_W).",
        underCollapse: "0", .lower, citation: "Xu & Liu 2023", needs: .spectrum),
      Measure(
        "within_trace", .variability, "tr Σ_W", "Total within-class variance.",
        underCollapse: "0", .lower),
      Measure("between_trace", .variability, "tr Σ_B", "Total between-class variance."),
      Measure(
        "between_rank", .variability, "rank Σ_B",
        "Singular values of the weighted centred means above the tolerance.",
        underCollapse: "C−1", needsSimplex: true),
      Measure("feature_rms", .variability, "α = √mean‖h‖²", "Root mean square feature norm."),
      Measure("global_mean_norm", .variability, "‖μ_G‖", "Norm of the global mean."),
    ],
    evaluate: { summary, findings in
      let within = summary.withinTrace
      let betweenTrace = summary.betweenTrace
      findings["within_trace"] = within
      findings["between_trace"] = betweenTrace
      findings["between_rank"] = Double(summary.between.rank)
      findings["feature_rms"] = summary.featureMeanSquare.squareRoot()
      findings["global_mean_norm"] = norm(summary.globalMean)
      findings.perClass["within_variance"] = summary.classVariances.map { $0 }
      findings.series["between_singular_values"] = summary.between.singularValues
      findings.series["between_tolerance"] = [summary.between.tolerance]

      let ratios = [
        "nc1_pinv", "nc1_trace_ratio", "nc1_within_fraction", "nc1_cdnv", "nc1_cdnv_squared",
        "nc1_vci",
      ]
      if summary.classCount == 1 { return findings.undefined(ratios, "one class") }
      if summary.counts.allSatisfy({ $0 == 1 }) {
        return findings.undefined(
          ratios, "one sample in every class: nothing varies within a class")
      }
      if summary.between.rank == 0 {
        findings.undefined(
          ["nc1_pinv", "nc1_trace_ratio", "nc1_vci"], "zero variance between classes")
      } else {
        findings["nc1_pinv"] =
          summary.projectedTrace
          / (summary.convention.dividesByClassCount ? Double(summary.classCount) : 1)
        // The means of n rows of isotropic noise differ by that much along every direction.
        let rank = summary.between.rank
        let perClass = Double(summary.sampleCount) / Double(summary.classCount)
        let noise = within / Double(summary.dimension) / perClass
        let lost = summary.between.singularValues[..<rank].count { $0 * $0 < noise }
        if lost > 0 {
          findings.warnings.append(
            "\(lost) of the \(rank) directions between the classes lie at the sampling noise of the "
              + "class means: nc1_pinv weighs them as much as the others")
        }
        findings["nc1_trace_ratio"] = within / betweenTrace
        findings["nc1_vci"] = summary.scatterFactor?.variabilityCollapseIndex
      }
      if within + betweenTrace > 0 {
        findings["nc1_within_fraction"] = within / (within + betweenTrace)
      } else {
        findings.undefined(["nc1_within_fraction"], "zero variance")
      }
      let pairs = Double(summary.classCount * (summary.classCount - 1) / 2)
      let variances = summary.classVariances
      if summary.meanPairs.inverseSquares.allSatisfy({ $0.isFinite }) {
        // Σ over pairs of (v_c + v_c')/(2 d²) is half of Σ_c v_c Σ_c' 1/d².
        findings["nc1_cdnv"] =
          zip(variances, summary.meanPairs.inverseSquares).reduce(0) { $0 + $1.0 * $1.1 }
          / (2 * pairs)
        findings["nc1_cdnv_squared"] =
          zip(variances, summary.meanPairs.inverseFourths).reduce(0) { $0 + $1.0 * $1.1 }
          / (2 * pairs)
      } else {
        findings.undefined(["nc1_cdnv", "nc1_cdnv_squared"], "two class means coincide")
      }
    })
}
