import CollapseCore
import LibC
import LinearAlgebra

/// How near C vectors are to a simplex equiangular tight frame or to an orthogonal frame.
struct FrameGeometry {
  let pairs: PairStatistics
  /// Zero where a vector has no direction.
  let norms: [Double]
  let dimension: Int
  /// `nc2_means_` or `nc2_weights_`.
  let prefix: String
  let normDeviation: Convention.Deviation

  static func measures(_ prefix: String, of subject: String, _ group: Measure.Group) -> [Measure] {
    func measure(
      _ key: String, _ formula: String, _ definition: String, underCollapse: String? = nil,
      _ direction: Measure.Direction = .none, citation: String? = nil, needsSimplex: Bool = false
    ) -> Measure {
      Measure(
        prefix + key, group, formula, definition, underCollapse: underCollapse, direction,
        citation: citation, needs: group == .weightsGeometry ? .classifier : nil,
        needsSimplex: needsSimplex)
    }
    return [
      measure(
        "norm_cov", "std/mean of norms", "Spread of the norms of \(subject): equinorm at 0.",
        underCollapse: "0", .lower, citation: "Papyan, Han & Donoho 2020"),
      measure(
        "angle_std", "std over pairs of cos",
        "Spread of the cosines between \(subject): equiangular at 0.",
        underCollapse: "0", .lower, citation: "Papyan, Han & Donoho 2020", needsSimplex: true),
      measure(
        "angle_deviation_mean", "mean over pairs of |cos + 1/(C−1)|",
        "Mean distance of the cosines between \(subject) from those of a simplex ETF.",
        underCollapse: "0", .lower, citation: "Papyan, Han & Donoho 2020", needsSimplex: true),
      measure(
        "angle_deviation_max", "max over pairs of |cos + 1/(C−1)|",
        "Largest distance of a cosine between \(subject) from that of a simplex ETF.",
        underCollapse: "0", .lower, citation: "Papyan, Han & Donoho 2020", needsSimplex: true),
      measure(
        "etf_distance", "‖G/‖G‖_F − (I − 11ᵀ/C)/√(C−1)‖_F",
        "Distance of the Gram matrix of \(subject) from a simplex ETF's.",
        underCollapse: "0", .lower, citation: "Zhu et al. 2021; Kothapalli et al. 2022",
        needsSimplex: true),
      measure(
        "gram_distance", "‖G/‖G‖_F − (I − 11ᵀ/C)/√(C−1)‖_F",
        "The same distance, for any number of classes.",
        underCollapse: "√(2−2√(min(d, C−1)/(C−1)))", .lower, citation: "Zhu et al. 2021"),
      measure(
        "orthogonal_frame_distance", "‖G/‖G‖_F − I/√C‖_F",
        group == .weightsGeometry
          ? "Distance of the Gram matrix of \(subject) from an orthogonal frame's."
          : "Distance of the Gram matrix of the uncentred class means from an orthogonal frame's, "
            + "the geometry behind a ReLU.",
        citation: "Kothapalli et al. 2022"),
      measure(
        "log_energy_mean", "mean over pairs of −log‖u_c−u_c'‖",
        "Logarithmic energy of the directions of \(subject).", citation: "Liu et al. 2023"),
      measure(
        "log_energy_variance", "variance over pairs of −log‖u_c−u_c'‖",
        "Spread of the pairwise logarithmic energies of \(subject).",
        underCollapse: "0", .lower, citation: "Liu et al. 2023", needsSimplex: true),
      measure(
        "distance_mean", "mean over pairs of ‖u_c−u_c'‖",
        "Mean distance between the directions of \(subject).", underCollapse: "√(2C/(C−1))",
        .higher, citation: "Liu et al. 2023", needsSimplex: true),
      measure(
        "distance_cov", "std/mean over pairs of ‖u_c−u_c'‖",
        "Spread of the distances between the directions of \(subject).", underCollapse: "0",
        .lower, citation: "Liu et al. 2023", needsSimplex: true),
      measure(
        "riesz_mean", "mean over pairs of 1/‖u_c−u_c'‖",
        "Riesz energy of the directions of \(subject).", citation: "Liu et al. 2023"),
      measure(
        "riesz_cov", "std/mean over pairs of 1/‖u_c−u_c'‖",
        "Spread of the pairwise Riesz energies of \(subject).", underCollapse: "0", .lower,
        citation: "Liu et al. 2023", needsSimplex: true),
    ]
  }

  func evaluate(into findings: inout Findings) {
    let keys = FrameGeometry.measures(prefix, of: "", .meansGeometry).map(\.key)
    let count = norms.count
    guard count > 1 else { return findings.undefined(keys, "one class") }
    findings.perClass[prefix + "norm"] = norms.map { $0 }
    guard let cov = normDeviation.coefficientOfVariation(of: norms) else {
      return findings.undefined(keys, "every vector is zero")
    }
    findings[prefix + "norm_cov"] = cov
    findings[prefix + "orthogonal_frame_distance"] = pairs.orthogonalDistance
    findings[prefix + "gram_distance"] = pairs.simplexDistance
    FrameGeometry.recordSimplexDistance(
      pairs.simplexDistance, classes: count, dimension: dimension, as: prefix + "etf_distance",
      into: &findings)

    guard norms.allSatisfy({ $0 > 0 }) else {
      return findings.undefined(
        keys.filter { key in
          ["angle", "log_energy", "distance_mean", "distance_cov", "riesz"].contains {
            key.dropFirst(prefix.count).hasPrefix($0)
          }
        }, "a vector is zero and has no direction")
    }
    findings[prefix + "angle_std"] = pairs.cosines.deviation
    findings[prefix + "angle_deviation_mean"] = pairs.deviations.mean
    findings[prefix + "angle_deviation_max"] = pairs.largestDeviation
    findings[prefix + "distance_mean"] = pairs.distances.mean
    findings[prefix + "distance_cov"] = pairs.distances.coefficientOfVariation
    let energyKeys = ["log_energy_mean", "log_energy_variance", "riesz_mean", "riesz_cov"]
      .map { prefix + $0 }
    guard !pairs.hasEqualDirections else {
      findings.undefined(energyKeys, "two vectors have the same direction")
      if pairs.distances.mean == 0 {
        findings.undefined(
          [prefix + "distance_cov"], "all vectors have the same direction")
      }
      return
    }
    findings[energyKeys[0]] = pairs.logEnergies.mean
    findings[energyKeys[1]] = pairs.logEnergies.variance
    findings[energyKeys[2]] = pairs.inverseDistances.mean
    findings[energyKeys[3]] = pairs.inverseDistances.coefficientOfVariation
  }

  /// Records ‖G/‖G‖_F − (I − 11ᵀ/C)/√(C−1)‖_F; C unit vectors at equal angles need C−1
  /// dimensions.
  static func recordSimplexDistance(
    _ distance: Double?, classes: Int, dimension: Int, as key: String,
    into findings: inout Findings
  ) {
    if classes > dimension + 1 {
      findings.undefined(
        [key], "no simplex ETF of \(classes) vectors fits in \(dimension) dimensions")
    } else if let distance {
      findings[key] = distance
    } else {
      findings.undefined([key], "the Gram matrix is zero")
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

extension MeasureFamily {
  static let meansGeometry = MeasureFamily(
    measures: FrameGeometry.measures("nc2_means_", of: "the centred class means", .meansGeometry)
      + [
        Measure(
          "nc2_means_interference_mean", .meansGeometry,
          "mean over pairs of ⟨m_c, m_c'⟩ / mean‖m‖²",
          "Mean product of two centred class means, in units of their mean square.",
          underCollapse: "−1/(C−1)", citation: "Wu & Papyan 2024", needsSimplex: true),
        Measure(
          "nc2_means_interference_std", .meansGeometry,
          "std over pairs of ⟨m_c, m_c'⟩ / mean‖m‖²",
          "Spread of the products of two centred class means.", underCollapse: "0", .lower,
          citation: "Wu & Papyan 2024", needsSimplex: true),
        Measure(
          "nc2_means_log_norm_cov", .meansGeometry, "std/|mean| of log‖m_c‖",
          "Spread of the logarithms of the norms of the centred class means.", underCollapse: "0",
          .lower, citation: "Wu & Papyan 2024"),
      ],
    evaluate: { summary, findings in
      let norms = summary.centredMeans.rowNorms.map {
        $0 > summary.between.negligibleLength ? $0 : 0
      }
      FrameGeometry(
        pairs: summary.meanPairs, norms: norms, dimension: summary.dimension,
        prefix: "nc2_means_", normDeviation: summary.convention.normDeviation
      ).evaluate(into: &findings)
      // The geometry behind a ReLU: of the means themselves.
      if let distance = summary.meanPairs.offsetOrthogonalDistance {
        findings["nc2_means_orthogonal_frame_distance"] = distance
      }
      guard summary.classCount > 1 else {
        return findings.undefined(
          ["interference_mean", "interference_std", "log_norm_cov"].map { "nc2_means_" + $0 },
          "one class")
      }
      let meanSquare = norms.reduce(0) { $0 + $1 * $1 } / Double(norms.count)
      guard meanSquare > 0 else {
        return findings.undefined(
          ["interference_mean", "interference_std", "log_norm_cov"].map { "nc2_means_" + $0 },
          "every vector is zero")
      }
      findings["nc2_means_interference_mean"] = summary.meanPairs.products.mean / meanSquare
      findings["nc2_means_interference_std"] = summary.meanPairs.products.deviation / meanSquare
      guard norms.allSatisfy({ $0 > 0 }) else {
        return findings.undefined(
          ["nc2_means_log_norm_cov"], "a vector is zero and has no direction")
      }
      let logarithms = Moments(norms.map { log($0) })
      if abs(logarithms.mean) <= 1e-12 {
        findings.undefined(["nc2_means_log_norm_cov"], "the mean logarithm is zero")
      } else {
        findings["nc2_means_log_norm_cov"] = logarithms.deviation / abs(logarithms.mean)
      }
    })

  static let uncentredMeansGeometry = MeasureFamily(
    measures: [
      Measure(
        "nc2_means_uncentred_norm_cov", .meansGeometry, "std/mean of ‖μ_c‖",
        "Spread of the norms of the uncentred class means.", underCollapse: "0", .lower,
        citation: "Kothapalli et al. 2022"),
      Measure(
        "nc2_means_uncentred_angle_mean", .meansGeometry, "mean over pairs of cos(μ_c, μ_c')",
        "Mean cosine between uncentred class means: 0 for an orthogonal frame.",
        citation: "Kothapalli et al. 2022"),
      Measure(
        "nc2_means_uncentred_angle_std", .meansGeometry, "std over pairs of cos(μ_c, μ_c')",
        "Spread of the cosines between uncentred class means.", underCollapse: "0", .lower,
        citation: "Kothapalli et al. 2022"),
    ],
    evaluate: { summary, findings in
      guard summary.classCount > 1 else {
        return findings.undefined(findings.family, "one class")
      }
      let norms = summary.means.rowNorms
      guard let cov = summary.convention.normDeviation.coefficientOfVariation(of: norms) else {
        return findings.undefined(findings.family, "every vector is zero")
      }
      findings["nc2_means_uncentred_norm_cov"] = cov
      guard norms.allSatisfy({ $0 > 0 }) else {
        return findings.undefined(
          ["nc2_means_uncentred_angle_mean", "nc2_means_uncentred_angle_std"],
          "a vector is zero and has no direction")
      }
      findings["nc2_means_uncentred_angle_mean"] = summary.meanPairs.offsetCosines.mean
      findings["nc2_means_uncentred_angle_std"] = summary.meanPairs.offsetCosines.deviation
    })

  static let weightsGeometry = MeasureFamily(
    measures: FrameGeometry.measures("nc2_weights_", of: "the rows of W", .weightsGeometry),
    evaluate: { summary, findings in
      guard let classifier = summary.classifier else { return }
      let pairs = try PairStatistics(
        of: classifier.weights, findsNeighbours: false, summary.tiles)
      FrameGeometry(
        pairs: pairs, norms: classifier.weights.rowNorms, dimension: summary.dimension,
        prefix: "nc2_weights_", normDeviation: summary.convention.normDeviation
      ).evaluate(into: &findings)
    })
}
