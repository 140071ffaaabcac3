import LibC
import NeuralCollapse
import Predictions

/// The nearer to collapse, the nearer the classifier's block is to its closed form there.
struct ClassifierBlockClaim: Claim {
  let paper = Paper.papyan
  let name = "classifier-block"
  let axes = ["curvature"]
  let statement =
    "The classifier's block of the Hessian becomes what it is at collapse, by the norm and the cosine of the "
    + "class means and the loss alone."
  let test =
    "The relative error of its largest eigenvalue, predicted from ‖μ_c‖², the mean cosine of the class means "
    + "and a = exp(−loss), falls as NC1 does: Spearman's ρ of both over the epochs of a run, mean over the "
    + "runs of a setting with 95 % interval."

  func finding(in study: Study) throws(Untested) -> Finding {
    var rows: [[Table.Cell]] = []
    var outcomes: [Finding.Outcome] = []
    for setting in try HessianRuns.all(in: study) {
      let runs = setting.runs.map(Self.points)
      let correlations = runs.compactMap { points in
        Ranks.correlation(points.map(\.error), points.map(\.nc1))
      }
      guard correlations.count >= 2, let interval = SeedInterval(correlations) else { continue }
      outcomes.append(
        interval.isPositive ? .agrees : interval.isNegative ? .disagrees : .inconclusive)
      rows.append(
        setting.cells + [
          .text(interval.text(.fixed(2))), .init(Spread(runs.compactMap(\.first?.error))),
          .init(Spread(runs.compactMap(\.last?.error))),
        ])
    }
    guard !rows.isEmpty else {
      throw Untested(
        reason:
          "no setting has two runs with three epochs of the classifier's block ('curvature.layerBlocks'), "
          + "cross-entropy without penalties, and the measures of the same epoch")
    }
    return Finding(
      verdict: Finding.verdict(outcomes),
      sentence: "It does in \(outcomes.count { $0 == .agrees }) of \(outcomes.count) settings.",
      table: Table(
        name: name, caption: "Error of the classifier's largest eigenvalue, predicted",
        columns: HessianRuns.columns + [
          .init("rho", "ρ with NC1", isNumeric: false),
          .init("first", "error at the first epoch", format: .percent(1)),
          .init("last", "at the end", format: .percent(1)),
        ], rows: rows))
  }

  /// Of every epoch with both, the relative error and NC1: features have no part inside of an epoch.
  static func points(of run: RunRecord) -> [(error: Double, nc1: Double)] {
    run.curvature.compactMap { record in
      guard record.step == nil, let block = record.layers.last,
        let seen = block.spectra.first?.largest.first?.value, seen > 0,
        let measured = run.trajectory(split: record.split).first(where: { $0.epoch == record.epoch }
        ),
        let nc1 = measured.value(.nc1Pinv),
        let predicted = ClassifierCurvature(record, block, measured)
      else { return nil }
      return (abs(predicted.largest - seen) / seen, nc1)
    }
  }
}

extension ClassifierCurvature {
  /// What the block would be at collapse for class means of the norm and cosine measured; `nil` where
  /// these were not, or the loss has no a.
  init?(
    _ record: CurvatureRecord, _ block: CurvatureRecord.Layer, _ measured: MeasurementRecord
  ) {
    guard record.loss == "crossEntropy", !record.penalties,
      let between = measured.value(.betweenTrace),
      let global = measured.value(.globalMeanNorm)
    else { return nil }
    let (c, centre) = (Double(record.classes), global * global)
    // mean‖μ_c‖² = tr Σ_B + ‖μ_G‖²; C²‖μ_G‖² is the sum over all pairs.
    let square = between + centre
    guard square > 0 else { return nil }
    self.init(
      classCount: record.classes, squaredNorm: square,
      cosine: (c * centre - square) / ((c - 1) * square),
      ownProbability: exp(-record.lossValue),
      hasBias: block.parameters == record.classes * (measured.report.dimension + 1))
  }
}
