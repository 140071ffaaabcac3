import LinearAlgebra

extension Measure {
  /// `nc1_pinv` of the output.
  public static let nc1Pinv = Measure(
    "nc1_pinv", .variability, "tr(Σ_W Σ_B⁺)/C",
    "Within-class covariance measured in units of the between-class covariance.",
    underCollapse: "0", .lower, citation: "Papyan, Han & Donoho 2020")

  /// `nc1_trace_ratio` of the output.
  public static let nc1TraceRatio = Measure(
    "nc1_trace_ratio", .variability, "tr Σ_W / tr Σ_B",
    "Total within-class variance over total between-class variance.",
    underCollapse: "0", .lower, citation: "Tirer & Bruna 2022")

  /// `nc1_within_fraction` of the output.
  public static let nc1WithinFraction = Measure(
    "nc1_within_fraction", .variability, "tr Σ_W/(tr Σ_W + tr Σ_B)",
    "Share of the variance that lies within classes.",
    underCollapse: "0", .lower, citation: "Rangamani et al. 2023")

  /// `nc1_cdnv` of the output.
  public static let nc1Cdnv = Measure(
    "nc1_cdnv", .variability, "mean over pairs of (v_c+v_c')/(2‖μ_c−μ_c'‖²)",
    "Class-distance normalized variance, v_c = mean‖h−μ_c‖².",
    underCollapse: "0", .lower, citation: "Galanti, György & Hutter 2021")

  /// `nc1_cdnv_squared` of the output.
  public static let nc1CdnvSquared = Measure(
    "nc1_cdnv_squared", .variability, "mean over pairs of (v_c+v_c')/(2‖μ_c−μ_c'‖⁴)",
    "Class-distance normalized variance over the fourth power of the distance.",
    underCollapse: "0", .lower, citation: "Wu & Papyan 2024")

  /// `nc1_vci` of the output.
  public static let nc1Vci = Measure(
    "nc1_vci", .variability, "1 − tr((Σ_W+Σ_B)⁺ Σ_B)/rank Σ_B",
    "Variability collapse index: mean of 1/(1+λ) over the generalized eigenvalues of "
      + "(Σ_B, Σ_W).",
    underCollapse: "0", .lower, citation: "Xu & Liu 2023", needs: .spectrum)

  /// `within_trace` of the output.
  public static let withinTrace = Measure(
    "within_trace", .variability, "tr Σ_W", "Total within-class variance.",
    underCollapse: "0", .lower)

  /// `between_trace` of the output.
  public static let betweenTrace = Measure(
    "between_trace", .variability, "tr Σ_B", "Total between-class variance.")

  /// `between_rank` of the output.
  public static let betweenRank = Measure(
    "between_rank", .variability, "rank Σ_B",
    "Singular values of the weighted centred means above the tolerance.",
    underCollapse: "C−1", needsSimplex: true)

  /// `feature_rms` of the output.
  public static let featureRms = Measure(
    "feature_rms", .variability, "α = √mean‖h‖²", "Root mean square feature norm.",
    needsLabels: false)

  /// `global_mean_norm` of the output.
  public static let globalMeanNorm = Measure(
    "global_mean_norm", .variability, "‖μ_G‖", "Norm of the global mean.", needsLabels: false)
}

extension TableKey {
  /// `within_variance` of the output.
  public static let withinVariance = TableKey(
    "within_variance", .perClass, .variability, "mean over the class of ‖h − μ_c‖²",
    "How far the samples of a class are from its mean.", underCollapse: "0")

  /// `between_singular_values` of the output.
  public static let betweenSingularValues = TableKey(
    "between_singular_values", .list, .variability, "σ_k of the weighted centred class means",
    "Square roots of the eigenvalues of Σ_B, from the greatest.")

  /// `between_tolerance` of the output.
  public static let betweenTolerance = TableKey(
    "between_tolerance", .list, .variability, "the least σ_k that counts",
    "What a singular value of the class means must exceed to be in Σ_B⁺ and the rank.")
}

extension MeasureFamily {
  static let variability = MeasureFamily(
    measures: [
      .nc1Pinv, .nc1TraceRatio, .nc1WithinFraction, .nc1Cdnv, .nc1CdnvSquared, .nc1Vci,
      .withinTrace, .betweenTrace, .betweenRank, .featureRms, .globalMeanNorm,
    ],
    evaluate: { summary, findings in
      let within = summary.withinTrace
      let betweenTrace = summary.betweenTrace
      findings[.withinTrace] = within
      findings[.betweenTrace] = betweenTrace
      findings[.betweenRank] = Double(summary.between.rank)
      findings[.featureRms] = summary.featureMeanSquare.squareRoot()
      findings[.globalMeanNorm] = norm(summary.globalMean)
      findings[perClass: .withinVariance] = summary.classVariances.map { $0 }
      let betweenValues = try summary.between.singularValues()
      findings[list: .betweenSingularValues] = betweenValues
      findings[list: .betweenTolerance] = [summary.between.tolerance]

      let ratios: [Measure] = [
        .nc1Pinv, .nc1TraceRatio, .nc1WithinFraction, .nc1Cdnv, .nc1CdnvSquared,
        .nc1Vci,
      ]
      if summary.classCount == 1 { return findings.undefined(ratios, "one class") }
      if summary.counts.allSatisfy({ $0 == 1 }) {
        return findings.undefined(
          ratios, "one sample in every class: nothing varies within a class")
      }
      if summary.between.rank == 0 {
        findings.undefined(
          [.nc1Pinv, .nc1TraceRatio, .nc1Vci], "zero variance between classes")
      } else {
        findings[.nc1Pinv] =
          summary.projectedTrace
          / (summary.convention.dividesByClassCount ? Double(summary.classCount) : 1)
        // The means of n rows of isotropic noise differ by that much along every direction.
        let rank = summary.between.rank
        let perClass = Double(summary.sampleCount) / Double(summary.classCount)
        let noise = within / Double(summary.dimension) / perClass
        let lost = betweenValues[..<rank].count { $0 * $0 < noise }
        if lost > 0 {
          findings.warnings.append(
            "\(lost) of the \(rank) directions between the classes lie at the sampling noise of the "
              + "class means: nc1_pinv weighs them as much as the others")
        }
        findings[.nc1TraceRatio] = within / betweenTrace
        findings[.nc1Vci] = summary.scatterFactor?.variabilityCollapseIndex
      }
      if within + betweenTrace > 0 {
        findings[.nc1WithinFraction] = within / (within + betweenTrace)
      } else {
        findings.undefined([.nc1WithinFraction], "zero variance")
      }
      let pairs = Double(summary.classCount * (summary.classCount - 1) / 2)
      let variances = summary.classVariances
      if summary.meanPairs.inverseSquares.allSatisfy({ $0.isFinite }) {
        // Σ over pairs of (v_c + v_c')/(2 d²) is half of Σ_c v_c Σ_c' 1/d².
        findings[.nc1Cdnv] =
          zip(variances, summary.meanPairs.inverseSquares).reduce(0) { $0 + $1.0 * $1.1 }
          / (2 * pairs)
        findings[.nc1CdnvSquared] =
          zip(variances, summary.meanPairs.inverseFourths).reduce(0) { $0 + $1.0 * $1.1 }
          / (2 * pairs)
      } else {
        findings.undefined([.nc1Cdnv, .nc1CdnvSquared], "two class means coincide")
      }
    })
}
