import LinearAlgebra

extension Measure {
  /// `nrc1` of the output.
  public static let nrc1 = Measure(
    "nrc1", .regression,
    "mean‖h̃ − P h̃‖², h̃ = h/‖h‖, P onto the first t right singular vectors of H",
    "Share of the features outside of their t principal directions, t targets; features are not "
      + "centred. The same for H turned, and for rows of other lengths along the same directions.",
    underCollapse: "0", .lower, citation: "Andriopoulos et al. 2024", needs: .targets)

  /// `nrc2` of the output.
  public static let nrc2 = Measure(
    "nrc2", .regression, "mean‖h̃ − P_W h̃‖², h̃ = h/‖h‖",
    "Share of the features outside of the span of the rows of W.",
    underCollapse: "0", .lower, citation: "Andriopoulos et al. 2024", needs: .targets)

  /// `nrc3` of the output.
  public static let nrc3 = Measure(
    "nrc3", .regression,
    "min over 0 ≤ γ ≤ λ_min of ‖WWᵀ/‖WWᵀ‖_F − A/‖A‖_F‖_F², A = Σ^½ − γ^½ I",
    "Distance of the Gram matrix of W from the form that the targets' covariance Σ gives it, "
      + "λ_min its least eigenvalue.",
    underCollapse: "0", .lower, citation: "Andriopoulos et al. 2024", needs: .targets)
}

extension TableKey {
  /// `target_singular_values` of the output.
  public static let targetSingularValues = TableKey(
    "target_singular_values", .list, .regression, "σ_k of the centred targets",
    "Singular values of the targets to predict, from the greatest.", needs: .targets)
}

extension MeasureFamily {
  /// Collapse of networks that predict numbers; ``CollapseAnalyzer/analyzeRegression(features:targets:weights:)``
  /// measures it.
  static let regression = MeasureFamily(
    measures: [.nrc1, .nrc2, .nrc3],
    // Rows with targets are measured by passes of their own.
    evaluate: { _, _ in })
}
