import CollapseCore
import LibC
import LinearAlgebra

/// How near C vectors are to a simplex equiangular tight frame or to an orthogonal frame.
struct FrameGeometry {
  let pairs: PairStatistics
  /// Zero where a vector has no direction.
  let norms: [Double]
  let dimension: Int
  let measures: FrameMeasures
  let normDeviation: Convention.Deviation

  func evaluate(into findings: inout Findings) {
    let count = norms.count
    guard count > 1 else { return findings.undefined(measures.all, "one class") }
    findings[perClass: measures.norm] = norms.map { $0 }
    guard let cov = normDeviation.coefficientOfVariation(of: norms) else {
      return findings.undefined(measures.all, "every vector is zero")
    }
    findings[measures.normCov] = cov
    findings[measures.orthogonalFrameDistance] = pairs.orthogonalDistance
    findings[measures.gramDistance] = pairs.simplexDistance
    FrameGeometry.recordSimplexDistance(
      pairs.simplexDistance, classes: count, dimension: dimension, as: measures.etfDistance,
      into: &findings)

    guard norms.allSatisfy({ $0 > 0 }) else {
      return findings.undefined(
        measures.ofDirections, "a vector is zero and has no direction")
    }
    findings[measures.angleStd] = pairs.cosines.deviation
    findings[measures.angleDeviationMean] = pairs.deviations.mean
    findings[measures.angleDeviationMax] = pairs.largestDeviation
    findings[measures.distanceMean] = pairs.distances.mean
    findings[measures.distanceCov] = pairs.distances.coefficientOfVariation
    guard !pairs.hasEqualDirections else {
      findings.undefined(measures.energies, "two vectors have the same direction")
      if pairs.distances.mean == 0 {
        findings.undefined([measures.distanceCov], "all vectors have the same direction")
      }
      return
    }
    findings[measures.logEnergyMean] = pairs.logEnergies.mean
    findings[measures.logEnergyVariance] = pairs.logEnergies.variance
    findings[measures.rieszMean] = pairs.inverseDistances.mean
    findings[measures.rieszCov] = pairs.inverseDistances.coefficientOfVariation
  }

  /// Records ‖G/‖G‖_F − (I − 11ᵀ/C)/√(C−1)‖_F; C unit vectors at equal angles need C−1
  /// dimensions.
  static func recordSimplexDistance(
    _ distance: Double?, classes: Int, dimension: Int, as measure: Measure,
    into findings: inout Findings
  ) {
    if classes > dimension + 1 {
      findings.undefined(
        [measure], "no simplex ETF of \(classes) vectors fits in \(dimension) dimensions")
    } else if let distance {
      findings[measure] = distance
    } else {
      findings.undefined([measure], "the Gram matrix is zero")
    }
  }
}

extension Moments {
  /// Deviation over mean.
  var coefficientOfVariation: Double { deviation / mean }
}

extension Convention.Deviation {
  /// Deviation over mean; `nil` where the mean is zero.
  func coefficientOfVariation(of values: [Double]) -> Double? {
    let moments = Moments(values)
    guard moments.mean > 0 else { return nil }
    let degreesOfFreedom = Double(self == .population ? values.count : values.count - 1)
    return (moments.squaredDeviations / degreesOfFreedom).squareRoot() / moments.mean
  }
}

extension Measure {
  /// `nc2_means_interference_mean` of the output.
  public static let nc2MeansInterferenceMean = Measure(
    "nc2_means_interference_mean", .meansGeometry,
    "mean over pairs of ⟨m_c, m_c'⟩ / mean‖m‖²",
    "Mean product of two centred class means, in units of their mean square.",
    underCollapse: "−1/(C−1)", citation: "Wu & Papyan 2024", needsSimplex: true)

  /// `nc2_means_interference_std` of the output.
  public static let nc2MeansInterferenceStd = Measure(
    "nc2_means_interference_std", .meansGeometry,
    "std over pairs of ⟨m_c, m_c'⟩ / mean‖m‖²",
    "Spread of the products of two centred class means.", underCollapse: "0", .lower,
    citation: "Wu & Papyan 2024", needsSimplex: true)

  /// `nc2_means_log_norm_cov` of the output.
  public static let nc2MeansLogNormCov = Measure(
    "nc2_means_log_norm_cov", .meansGeometry, "std/|mean| of log‖m_c‖",
    "Spread of the logarithms of the norms of the centred class means.", underCollapse: "0",
    .lower, citation: "Wu & Papyan 2024")

  /// `nc2_means_uncentred_norm_cov` of the output.
  public static let nc2MeansUncentredNormCov = Measure(
    "nc2_means_uncentred_norm_cov", .meansGeometry, "std/mean of ‖μ_c‖",
    "Spread of the norms of the uncentred class means.", underCollapse: "0", .lower,
    citation: "Kothapalli et al. 2022")

  /// `nc2_means_uncentred_angle_mean` of the output.
  public static let nc2MeansUncentredAngleMean = Measure(
    "nc2_means_uncentred_angle_mean", .meansGeometry, "mean over pairs of cos(μ_c, μ_c')",
    "Mean cosine between uncentred class means: 0 for an orthogonal frame.",
    citation: "Kothapalli et al. 2022")

  /// `nc2_means_uncentred_angle_std` of the output.
  public static let nc2MeansUncentredAngleStd = Measure(
    "nc2_means_uncentred_angle_std", .meansGeometry, "std over pairs of cos(μ_c, μ_c')",
    "Spread of the cosines between uncentred class means.", underCollapse: "0", .lower,
    citation: "Kothapalli et al. 2022")
}

extension MeasureFamily {
  static let meansGeometry = MeasureFamily(
    measures: Measure.nc2Means.all + [
      .nc2MeansInterferenceMean, .nc2MeansInterferenceStd, .nc2MeansLogNormCov,
    ],
    evaluate: { summary, findings in
      let norms = summary.centredMeans.rowNorms.map {
        $0 > summary.between.negligibleLength ? $0 : 0
      }
      FrameGeometry(
        pairs: summary.meanPairs, norms: norms, dimension: summary.dimension,
        measures: Measure.nc2Means, normDeviation: summary.convention.normDeviation
      ).evaluate(into: &findings)
      // The geometry behind a ReLU: of the means themselves.
      if let distance = summary.meanPairs.offsetOrthogonalDistance {
        findings[.nc2Means.orthogonalFrameDistance] = distance
      }
      guard summary.classCount > 1 else {
        return findings.undefined(
          [.nc2MeansInterferenceMean, .nc2MeansInterferenceStd, .nc2MeansLogNormCov],
          "one class")
      }
      let meanSquare = norms.reduce(0) { $0 + $1 * $1 } / Double(norms.count)
      guard meanSquare > 0 else {
        return findings.undefined(
          [.nc2MeansInterferenceMean, .nc2MeansInterferenceStd, .nc2MeansLogNormCov],
          "every vector is zero")
      }
      findings[.nc2MeansInterferenceMean] = summary.meanPairs.products.mean / meanSquare
      findings[.nc2MeansInterferenceStd] = summary.meanPairs.products.deviation / meanSquare
      guard norms.allSatisfy({ $0 > 0 }) else {
        return findings.undefined(
          [.nc2MeansLogNormCov], "a vector is zero and has no direction")
      }
      let logarithms = Moments(norms.map { log($0) })
      if abs(logarithms.mean) <= 1e-12 {
        findings.undefined([.nc2MeansLogNormCov], "the mean logarithm is zero")
      } else {
        findings[.nc2MeansLogNormCov] = logarithms.deviation / abs(logarithms.mean)
      }
    })

  static let uncentredMeansGeometry = MeasureFamily(
    measures: [.nc2MeansUncentredNormCov, .nc2MeansUncentredAngleMean, .nc2MeansUncentredAngleStd],
    evaluate: { summary, findings in
      guard summary.classCount > 1 else {
        return findings.undefined(findings.family, "one class")
      }
      let norms = summary.means.rowNorms
      guard let cov = summary.convention.normDeviation.coefficientOfVariation(of: norms) else {
        return findings.undefined(findings.family, "every vector is zero")
      }
      findings[.nc2MeansUncentredNormCov] = cov
      guard norms.allSatisfy({ $0 > 0 }) else {
        return findings.undefined(
          [.nc2MeansUncentredAngleMean, .nc2MeansUncentredAngleStd],
          "a vector is zero and has no direction")
      }
      findings[.nc2MeansUncentredAngleMean] = summary.meanPairs.offsetCosines.mean
      findings[.nc2MeansUncentredAngleStd] = summary.meanPairs.offsetCosines.deviation
    })

  static let weightsGeometry = MeasureFamily(
    measures: Measure.nc2Weights.all,
    evaluate: { summary, findings in
      guard let classifier = summary.classifier else { return }
      let pairs = try PairStatistics(
        of: classifier.weights, findsNeighbours: false, summary.tiles)
      FrameGeometry(
        pairs: pairs, norms: classifier.weights.rowNorms, dimension: summary.dimension,
        measures: Measure.nc2Weights, normDeviation: summary.convention.normDeviation
      ).evaluate(into: &findings)
    })
}
