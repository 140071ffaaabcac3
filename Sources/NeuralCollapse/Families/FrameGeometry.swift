import CollapseCore
import LibC

/// How near C vectors are to a simplex equiangular tight frame or to an orthogonal frame.
struct FrameGeometry {
  /// The vectors, C×d.
  let vectors: Matrix
  /// `nc2_means_` or `nc2_weights_`.
  let prefix: String
  let normDeviation: Convention.Deviation
  let threads: Int

  static func measures(_ prefix: String, of subject: String, _ group: Measure.Group) -> [Measure] {
    func measure(
      _ key: String, _ formula: String, _ definition: String, underCollapse: String? = nil,
      _ direction: Measure.Direction = .none, citation: String? = nil
    ) -> Measure {
      Measure(
        prefix + key, group, formula, definition, underCollapse: underCollapse, direction,
        citation: citation, needs: group == .weightsGeometry ? .classifier : nil)
    }
    return [
      measure(
        "norm_cov", "std/mean of norms", "Spread of the norms of \(subject): equinorm at 0.",
        underCollapse: "0", .lower, citation: "Papyan, Han & Donoho 2020"),
      measure(
        "angle_std", "std over pairs of cos",
        "Spread of the cosines between \(subject): equiangular at 0.",
        underCollapse: "0", .lower, citation: "Papyan, Han & Donoho 2020"),
      measure(
        "angle_deviation_mean", "mean over pairs of |cos + 1/(C−1)|",
        "Mean distance of the cosines between \(subject) from those of a simplex ETF.",
        underCollapse: "0", .lower, citation: "Papyan, Han & Donoho 2020"),
      measure(
        "angle_deviation_max", "max over pairs of |cos + 1/(C−1)|",
        "Largest distance of a cosine between \(subject) from that of a simplex ETF.",
        underCollapse: "0", .lower, citation: "Papyan, Han & Donoho 2020"),
      measure(
        "etf_distance", "‖G/‖G‖_F − (I − 11ᵀ/C)/√(C−1)‖_F",
        "Distance of the Gram matrix of \(subject) from a simplex ETF's.",
        underCollapse: "0", .lower, citation: "Zhu et al. 2021; Kothapalli et al. 2022"),
      measure(
        "orthogonal_frame_distance", "‖G/‖G‖_F − I/√C‖_F",
        "Distance of the Gram matrix of \(subject) from an orthogonal frame's "
          + "(the geometry under ReLU, uncentred).",
        citation: "Kothapalli et al. 2022"),
      measure(
        "log_energy_mean", "mean over pairs of −log‖u_c−u_c'‖",
        "Logarithmic energy of the directions of \(subject).", citation: "Liu et al. 2023"),
      measure(
        "log_energy_variance", "variance over pairs of −log‖u_c−u_c'‖",
        "Spread of the pairwise logarithmic energies of \(subject).",
        underCollapse: "0", .lower, citation: "Liu et al. 2023"),
    ]
  }

  func evaluate(into findings: inout Findings) {
    let keys = FrameGeometry.measures(prefix, of: "", .meansGeometry).map(\.key)
    let count = vectors.rows
    guard count > 1 else { return findings.undefined(keys, "one class") }
    let norms = vectors.rowNorms
    findings.perClass[prefix + "norm"] = norms.map { $0 }
    let degreesOfFreedom = Double(normDeviation == .population ? count : count - 1)
    let meanNorm = norms.reduce(0, +) / Double(count)
    guard meanNorm > 0 else { return findings.undefined(keys, "every vector is zero") }
    let squares = norms.reduce(0) { $0 + ($1 - meanNorm) * ($1 - meanNorm) }
    findings[prefix + "norm_cov"] = (squares / degreesOfFreedom).squareRoot() / meanNorm

    let gram = vectors.timesTransposed(vectors)
    findings[prefix + "orthogonal_frame_distance"] = gram.distanceToOrthogonalFrame
    FrameGeometry.recordSimplexDistance(
      of: gram, dimension: vectors.columns, as: prefix + "etf_distance", into: &findings)

    guard norms.allSatisfy({ $0 > 0 }) else {
      return findings.undefined(
        keys.filter { $0.contains("angle") || $0.contains("log_energy") },
        "a vector is zero and has no direction")
    }
    evaluateAngles(units: vectors.scalingRows(by: norms.map { 1 / $0 }), into: &findings)
  }

  /// Records ‖G/‖G‖_F − (I − 11ᵀ/C)/√(C−1)‖_F; C unit vectors at equal angles need C−1
  /// dimensions.
  static func recordSimplexDistance(
    of gram: Matrix, dimension: Int, as key: String, into findings: inout Findings
  ) {
    if gram.rows > dimension + 1 {
      findings.undefined(
        [key], "no simplex ETF of \(gram.rows) vectors fits in \(dimension) dimensions")
    } else if gram.frobeniusNorm == 0 {
      findings.undefined([key], "the Gram matrix is zero")
    } else {
      findings[key] = gram.distanceToSimplexFrame
    }
  }

  private func evaluateAngles(units: Matrix, into findings: inout Findings) {
    let count = units.rows
    let cosines = units.timesTransposed(units)
    let distances = units.squaredRowDistances(threads: threads)
    let target = -1 / Double(count - 1)
    let pairs = Double(distances.count)
    var sum = 0.0
    var deviationSum = 0.0
    var deviationMax = 0.0
    for first in 0..<count {
      for second in first + 1..<count {
        let cosine = cosines[first, second]
        sum += cosine
        deviationSum += abs(cosine - target)
        deviationMax = max(deviationMax, abs(cosine - target))
      }
    }
    let mean = sum / pairs
    var squares = 0.0
    for first in 0..<count {
      for second in first + 1..<count {
        squares += (cosines[first, second] - mean) * (cosines[first, second] - mean)
      }
    }
    findings[prefix + "angle_std"] = (squares / pairs).squareRoot()
    findings[prefix + "angle_deviation_mean"] = deviationSum / pairs
    findings[prefix + "angle_deviation_max"] = deviationMax

    let energyKeys = [prefix + "log_energy_mean", prefix + "log_energy_variance"]
    guard distances.allSatisfy({ $0 > 0 }) else {
      return findings.undefined(energyKeys, "two vectors have the same direction")
    }
    let energies = distances.map { -0.5 * log($0) }
    let meanEnergy = energies.reduce(0, +) / pairs
    findings[energyKeys[0]] = meanEnergy
    findings[energyKeys[1]] =
      energies.reduce(0) { $0 + ($1 - meanEnergy) * ($1 - meanEnergy) } / pairs
  }
}

extension MeasureFamily {
  static let meansGeometry = MeasureFamily(
    measures: FrameGeometry.measures("nc2_means_", of: "the centred class means", .meansGeometry),
    evaluate: { summary, findings in
      FrameGeometry(
        vectors: summary.directedCentredMeans, prefix: "nc2_means_",
        normDeviation: summary.convention.normDeviation, threads: summary.threads
      ).evaluate(into: &findings)
    })

  static let weightsGeometry = MeasureFamily(
    measures: FrameGeometry.measures("nc2_weights_", of: "the rows of W", .weightsGeometry),
    evaluate: { summary, findings in
      guard let classifier = summary.classifier else { return }
      FrameGeometry(
        vectors: classifier.weights, prefix: "nc2_weights_",
        normDeviation: summary.convention.normDeviation, threads: summary.threads
      ).evaluate(into: &findings)
    })
}
