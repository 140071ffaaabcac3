extension Measure {
  /// `class_effective_rank_mean` of the output.
  public static let classEffectiveRankMean = Measure(
    "class_effective_rank_mean", .spectrum, "mean over classes of exp H(σ_k/Σσ), σ of h − μ_c",
    "Mean effective rank of the classes' scatter.", citation: "MONAI 2026",
    needs: .classSpectra)

  /// `class_effective_rank_min` of the output.
  public static let classEffectiveRankMin = Measure(
    "class_effective_rank_min", .spectrum, "min over classes of exp H(σ_k/Σσ), σ of h − μ_c",
    "Least effective rank of a class's scatter.", citation: "MONAI 2026",
    needs: .classSpectra)
}

extension TableKey {
  /// `class_effective_rank` of the output.
  public static let classEffectiveRank = TableKey(
    "class_effective_rank", .perClass, .spectrum, "exp H(σ_k/Σσ), σ of h − μ_c",
    "Effective rank of the scatter of a class.", needs: .classSpectra)

  /// `class_spectrum_least` of the output.
  public static let classSpectrumLeast = TableKey(
    "class_spectrum_least", .list, .spectrum, "min over classes of σ_k/σ_1, σ of h − μ_c",
    "At each place, the least relative singular value of a class's scatter.", needs: .classSpectra)

  /// `class_spectrum_median` of the output.
  public static let classSpectrumMedian = TableKey(
    "class_spectrum_median", .list, .spectrum, "median over classes of σ_k/σ_1, σ of h − μ_c",
    "At each place, the middle relative singular value of the classes' scatters.",
    needs: .classSpectra)

  /// `class_spectrum_greatest` of the output.
  public static let classSpectrumGreatest = TableKey(
    "class_spectrum_greatest", .list, .spectrum, "max over classes of σ_k/σ_1, σ of h − μ_c",
    "At each place, the greatest relative singular value of a class's scatter.",
    needs: .classSpectra)

  /// `class_spectrum_<number>` of the output: where there are few classes, each one's own.
  public static func classSpectrum(_ number: Int) -> TableKey {
    TableKey(
      "class_spectrum_\(number)", .list, .spectrum, "σ_k of h − μ_c",
      "Singular values of the scatter of class \(number), from the greatest.", needs: .classSpectra)
  }
}

extension MeasureFamily {
  static let classSpectra = MeasureFamily(
    measures: [.classEffectiveRankMean, .classEffectiveRankMin],
    evaluate: { summary, findings in
      guard let spectra = summary.classRows?.spectra else { return }
      let ranks = spectra.map(effectiveRank)
      record(spectra, isEach: summary.wantsPairTables, in: &findings)
      findings[perClass: .classEffectiveRank] = ranks
      let known = ranks.compactMap { $0 }
      guard let least = known.min() else {
        return findings.undefined(findings.family, "no class has any spread")
      }
      findings[.classEffectiveRankMean] = known.reduce(0, +) / Double(known.count)
      findings[.classEffectiveRankMin] = least
    })

  /// The spectra relative to their greatest values: least, median and greatest over classes at every
  /// place, and those of the classes themselves where there are few.
  private static func record(
    _ spectra: [[Double]], isEach: Bool, in findings: inout Findings
  ) {
    let relative = spectra.compactMap { values -> [Double]? in
      guard let greatest = values.first, greatest > 0 else { return nil }
      return values.map { $0 / greatest }
    }
    guard let length = relative.map(\.count).max() else { return }
    // A class of few rows has few values, and no spread beyond.
    let places = (0..<length).map { place in
      relative.map { place < $0.count ? $0[place] : 0 }.sorted()
    }
    findings[list: .classSpectrumLeast] = places.map { $0[0] }
    findings[list: .classSpectrumMedian] = places.map {
      ($0[($0.count - 1) / 2] + $0[$0.count / 2]) / 2
    }
    findings[list: .classSpectrumGreatest] = places.map { $0[$0.count - 1] }
    guard isEach else { return }
    for (number, values) in spectra.enumerated() {
      findings[list: .classSpectrum(number)] = values
    }
  }
}
