import LibC
import NeuralCollapse

/// Collapse goes on after the training error has reached zero.
struct TerminalPhaseClaim: Claim {
  let paper = Paper.papyanHanDonoho
  let name = "terminal-phase"
  let axes: [String] = []
  let statement =
    "After the training error has reached zero, within-class variability (NC1), the distance of the "
    + "class means from a simplex equiangular tight frame (NC2) and of the classifier from the means "
    + "(NC3) keep falling."
  let test =
    "How many powers of ten a measure (last layer, training data) falls from the first epoch measured "
    + "with zero training error to the last epoch measured, a run at a time: mean over the runs of a "
    + "setting with 95 % interval; runs of other weight decays count as repetitions here."

  private static let measures: [Measure] = [
    .nc1Pinv, .nc2Means.etfDistance, .nc3DualityDistance,
  ]

  func finding(in study: Study) throws(Untested) -> Finding {
    var rows: [[Table.Cell]] = []
    var outcomes: [Finding.Outcome] = []
    for setting in study.claimSettings {
      for measure in Self.measures {
        let falls = setting.kind.runs.compactMap { Self.fall(of: $0, measure) }
        guard falls.count >= 2, let interval = SeedInterval(falls) else { continue }
        outcomes.append(
          interval.isPositive ? .agrees : interval.isNegative ? .disagrees : .inconclusive)
        rows.append(
          setting.cells
            + [.text(measure.key), .integer(falls.count), .text(interval.text(.fixed(2)))])
      }
    }
    guard !rows.isEmpty else {
      throw Untested([
        (
          "two epochs measured", study.runs.contains { Self.trajectory(of: $0).count >= 2 }
        ),
        (
          "two epochs measured from zero training error on",
          study.runs.contains { Self.terminalPhase(of: $0).count >= 2 }
        ),
        ("two such runs of one setting", false),
      ])
    }
    return Finding(
      verdict: Finding.verdict(outcomes),
      sentence: "\(outcomes.count { $0 == .agrees }) of \(outcomes.count) measures fall, with an "
        + "interval above zero.",
      table: Table(
        name: name, caption: "Powers of ten nearer to collapse since zero training error",
        columns: ClaimSetting.columns(study) + [
          .init("measure", "measure", isNumeric: false), .init("runs", "runs"),
          .init("fall", "fall", isNumeric: false),
        ], rows: rows))
  }

  private static func trajectory(of run: RunRecord) -> [MeasurementRecord] {
    run.mainSplit.map { run.trajectory(split: $0) } ?? []
  }

  private static func terminalPhase(of run: RunRecord) -> [MeasurementRecord] {
    guard let reached = run.zeroErrorEpoch else { return [] }
    return trajectory(of: run).filter { ($0.epoch ?? -1) >= reached }
  }

  private static func fall(of run: RunRecord, _ measure: Measure) -> Double? {
    let values = terminalPhase(of: run).compactMap { $0.value(measure) }.filter { $0 > 0 }
    guard values.count >= 2 else { return nil }
    return log10(values[0] / values[values.count - 1])
  }
}
