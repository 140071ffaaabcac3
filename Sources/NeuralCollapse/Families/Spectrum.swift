import LibC
import LinearAlgebra

extension Measure {
  /// `spectrum_effective_rank` of the output.
  public static let spectrumEffectiveRank = Measure(
    "spectrum_effective_rank", .spectrum, "exp of the entropy of σ_k/Σσ",
    "Effective rank of h − μ_G.", citation: "Roy & Vetterli 2007", needs: .spectrum,
    needsLabels: false)

  /// `spectrum_stable_rank` of the output.
  public static let spectrumStableRank = Measure(
    "spectrum_stable_rank", .spectrum, "‖·‖_F²/‖·‖₂²", "Stable rank of h − μ_G.",
    needs: .spectrum, needsLabels: false)

  /// `spectrum_numerical_rank` of the output.
  public static let spectrumNumericalRank = Measure(
    "spectrum_numerical_rank", .spectrum, "(‖·‖_*/‖·‖_F)²",
    "Squared ratio of the nuclear to the Frobenius norm of h − μ_G.", needs: .spectrum,
    needsLabels: false)

  /// `spectrum_participation_ratio` of the output.
  public static let spectrumParticipationRatio = Measure(
    "spectrum_participation_ratio", .spectrum, "(Σσ²)²/Σσ⁴",
    "Participation ratio of the variances of h − μ_G.", needs: .spectrum, needsLabels: false)

  /// `rankme` of the output.
  public static let rankme = Measure(
    "rankme", .spectrum, "exp of the entropy of σ_k/Σσ of h",
    "Effective rank of the uncentred features; needs no labels.",
    citation: "Garrido et al. 2023", needs: .spectrum, needsLabels: false)
}

extension TableKey {
  /// `spectrum_singular_values` of the output.
  public static let spectrumSingularValues = TableKey(
    "spectrum_singular_values", .list, .spectrum, "σ_k of h − μ_G",
    "Singular values of the centred features, from the greatest.", needs: .spectrum)
}

extension MeasureFamily {
  static let spectrum = MeasureFamily(
    measures: [
      .spectrumEffectiveRank, .spectrumStableRank, .spectrumNumericalRank,
      .spectrumParticipationRatio, .rankme,
    ],
    evaluate: { summary, findings in
      guard let values = summary.scatterFactor?.singularValues else { return }
      findings[list: .spectrumSingularValues] = values
      if let rank = effectiveRank(summary.scatterFactor?.uncentredSingularValues ?? []) {
        findings[.rankme] = rank
      } else {
        findings.undefined([.rankme], "every feature vector is zero")
      }
      guard let largest = values.first, largest > 0 else {
        return findings.undefined(
          findings.family.filter { $0 != .rankme }, "every feature equals the global mean")
      }
      // Relative to the largest, so that no square overflows or vanishes.
      let relative = values.map { $0 / largest }
      let sum = relative.reduce(0, +)
      let squares = relative.reduce(0) { $0 + $1 * $1 }
      let fourths = relative.reduce(0) { $0 + $1 * $1 * $1 * $1 }
      findings[.spectrumEffectiveRank] = effectiveRank(values)
      findings[.spectrumStableRank] = squares
      findings[.spectrumNumericalRank] = sum * sum / squares
      findings[.spectrumParticipationRatio] = squares * squares / fourths
    })

  /// exp of the entropy of σ_k/Σσ; `nil` where all are zero.
  static func effectiveRank(_ values: [Double]) -> Double? {
    guard let largest = values.max(), largest > 0 else { return nil }
    let relative = values.map { $0 / largest }
    let sum = relative.reduce(0, +)
    return exp(relative.reduce(0) { $1 > 0 ? $0 - $1 / sum * log($1 / sum) : $0 })
  }
}
