/// The measures of how near C vectors are to a simplex equiangular tight frame or to an orthogonal
/// frame: the same of each kind of vectors, under keys that begin with what the kind is called.
public struct FrameMeasures: Sendable {
  /// `…norm_cov`.
  public let normCov: Measure
  /// `…angle_std`.
  public let angleStd: Measure
  /// `…angle_deviation_mean`.
  public let angleDeviationMean: Measure
  /// `…angle_deviation_max`.
  public let angleDeviationMax: Measure
  /// `…etf_distance`.
  public let etfDistance: Measure
  /// `…gram_distance`.
  public let gramDistance: Measure
  /// `…orthogonal_frame_distance`.
  public let orthogonalFrameDistance: Measure
  /// `…log_energy_mean`.
  public let logEnergyMean: Measure
  /// `…log_energy_variance`.
  public let logEnergyVariance: Measure
  /// `…distance_mean`.
  public let distanceMean: Measure
  /// `…distance_cov`.
  public let distanceCov: Measure
  /// `…riesz_mean`.
  public let rieszMean: Measure
  /// `…riesz_cov`.
  public let rieszCov: Measure

  /// Per class, `…norm`.
  public let norm: TableKey

  /// What the keys begin with.
  let prefix: String

  /// - Parameters:
  ///   - prefix: what the keys begin with.
  ///   - subject: what the vectors are.
  fileprivate init(_ prefix: String, of subject: String, _ group: Measure.Group) {
    self.prefix = prefix
    func measure(
      _ key: String, _ formula: String, _ definition: String, underCollapse: String? = nil,
      _ direction: Measure.Direction = .none, citation: String? = nil, needsSimplex: Bool = false
    ) -> Measure {
      Measure(
        prefix + key, group, formula, definition, underCollapse: underCollapse, direction,
        citation: citation, needs: group == .weightsGeometry ? .classifier : nil,
        needsSimplex: needsSimplex)
    }
    normCov = measure(
      "norm_cov", "std/mean of norms", "Spread of the norms of \(subject): equinorm at 0.",
      underCollapse: "0", .lower, citation: "Papyan, Han & Donoho 2020")
    angleStd = measure(
      "angle_std", "std over pairs of cos",
      "Spread of the cosines between \(subject): equiangular at 0.",
      underCollapse: "0", .lower, citation: "Papyan, Han & Donoho 2020", needsSimplex: true)
    angleDeviationMean = measure(
      "angle_deviation_mean", "mean over pairs of |cos + 1/(C−1)|",
      "Mean distance of the cosines between \(subject) from those of a simplex ETF.",
      underCollapse: "0", .lower, citation: "Papyan, Han & Donoho 2020", needsSimplex: true)
    angleDeviationMax = measure(
      "angle_deviation_max", "max over pairs of |cos + 1/(C−1)|",
      "Largest distance of a cosine between \(subject) from that of a simplex ETF.",
      underCollapse: "0", .lower, citation: "Papyan, Han & Donoho 2020", needsSimplex: true)
    etfDistance = measure(
      "etf_distance", "‖G/‖G‖_F − (I − 11ᵀ/C)/√(C−1)‖_F",
      "Distance of the Gram matrix of \(subject) from a simplex ETF's.",
      underCollapse: "0", .lower, citation: "Zhu et al. 2021; Kothapalli et al. 2022",
      needsSimplex: true)
    gramDistance = measure(
      "gram_distance", "‖G/‖G‖_F − (I − 11ᵀ/C)/√(C−1)‖_F",
      "The same distance, for any number of classes.",
      underCollapse: "√(2−2√(min(d, C−1)/(C−1)))", .lower, citation: "Zhu et al. 2021")
    orthogonalFrameDistance = measure(
      "orthogonal_frame_distance", "‖G/‖G‖_F − I/√C‖_F",
      group == .weightsGeometry
        ? "Distance of the Gram matrix of \(subject) from an orthogonal frame's."
        : "Distance of the Gram matrix of the uncentred class means from an orthogonal frame's, "
          + "the geometry behind a ReLU.",
      citation: "Kothapalli et al. 2022")
    logEnergyMean = measure(
      "log_energy_mean", "mean over pairs of −log‖u_c−u_c'‖",
      "Logarithmic energy of the directions of \(subject).", citation: "Liu et al. 2023")
    logEnergyVariance = measure(
      "log_energy_variance", "variance over pairs of −log‖u_c−u_c'‖",
      "Spread of the pairwise logarithmic energies of \(subject).",
      underCollapse: "0", .lower, citation: "Liu et al. 2023", needsSimplex: true)
    distanceMean = measure(
      "distance_mean", "mean over pairs of ‖u_c−u_c'‖",
      "Mean distance between the directions of \(subject).", underCollapse: "√(2C/(C−1))",
      .higher, citation: "Liu et al. 2023", needsSimplex: true)
    distanceCov = measure(
      "distance_cov", "std/mean over pairs of ‖u_c−u_c'‖",
      "Spread of the distances between the directions of \(subject).", underCollapse: "0",
      .lower, citation: "Liu et al. 2023", needsSimplex: true)
    rieszMean = measure(
      "riesz_mean", "mean over pairs of 1/‖u_c−u_c'‖",
      "Riesz energy of the directions of \(subject).", citation: "Liu et al. 2023")
    rieszCov = measure(
      "riesz_cov", "std/mean over pairs of 1/‖u_c−u_c'‖",
      "Spread of the pairwise Riesz energies of \(subject).", underCollapse: "0", .lower,
      citation: "Liu et al. 2023", needsSimplex: true)
    norm = TableKey(
      prefix + "norm", .perClass, group, "norm of a class's vector", "Norms of \(subject).",
      needs: group == .weightsGeometry ? .classifier : nil)
  }

  /// All, in the order of the catalogue.
  var all: [Measure] {
    [
      normCov, angleStd, angleDeviationMean, angleDeviationMax, etfDistance, gramDistance,
      orthogonalFrameDistance, logEnergyMean, logEnergyVariance, distanceMean, distanceCov,
      rieszMean, rieszCov,
    ]
  }

  /// Those that no vector without a direction has.
  var ofDirections: [Measure] {
    [angleStd, angleDeviationMean, angleDeviationMax, distanceMean, distanceCov] + energies
  }

  /// Those that two vectors of the same direction do not have.
  var energies: [Measure] { [logEnergyMean, logEnergyVariance, rieszMean, rieszCov] }
}

extension Measure {
  /// The geometry of the centred class means: `nc2_means_…`.
  public static let nc2Means = FrameMeasures(
    "nc2_means_", of: "the centred class means", .meansGeometry)

  /// The geometry of the classifier: `nc2_weights_…`.
  public static let nc2Weights = FrameMeasures(
    "nc2_weights_", of: "the rows of W", .weightsGeometry)
}
