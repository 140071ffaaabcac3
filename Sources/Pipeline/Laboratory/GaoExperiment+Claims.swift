import CollapseCore
import LibC
import Reporting

extension GaoExperiment {
  func conclusions(from observations: [Observation]) -> ExperimentConclusions {
    let runs = observations.groups(by: "features", "group", "number")
    let kept = runs.filter { run in
      guard let end = run.last else { return false }
      return end["train_accuracy"] == 1 && end["nc1"] < variabilityLimit
    }
    let remark = exclusions(runs, kept)
    var conclusions = ExperimentConclusions()
    conclusions.facts = [
      ("Digits of a class", "\(perClass)"), ("Widths", "\(widths)"), ("Steps", "\(epochs)"),
      ("Runs", "\(runs.count)"), ("Collapsed", "\(kept.count)"),
    ]
    conclusions.claims = [
      accuracyClaim(kept, remark), marginClaim(kept, remark), orderClaim(kept, remark),
      alignmentClaim(kept, remark),
    ]
    conclusions.tables = [
      runs.compactMap(\.last).summary(
        by: ["features", "group"],
        of: ["train_accuracy", "first_accuracy", "test_accuracy", "nc1", "eta", "etf_distance"],
        name: "ends", caption: "All runs at the end, mean and 95 % interval")
    ]
    conclusions.figures = [courseFigure(kept), groupFigure(kept)]
    conclusions.definitions = [
      .init(
        "η",
        "The least margin in units of the largest that the norms of features and classifier allow: "
          + "1 exactly at collapse.", formula: "p_min (C−1) / (Cαβ)"),
      .init("terminal phase", "From the first evaluation without a training error on."),
      .init("redraws", "Other first weights of the last hidden layer, all else the same."),
      .init(
        "collapsed",
        "A run with no training error and NC1 below \(variabilityLimit) at the end; the others are "
          + "left out and counted."),
    ]
    return conclusions
  }

  private func exclusions(_ runs: [[Observation]], _ kept: [[Observation]]) -> String {
    let unfitted = runs.count { $0.last?["train_accuracy"] != 1 }
    return
      "\(runs.count - kept.count) of \(runs.count) runs are left out, \(unfitted) of them with "
      + "training errors."
  }

  /// One value a run, by features.
  private func settings(
    _ runs: [[Observation]], _ value: ([Observation]) -> Double?
  ) -> [(setting: [(axis: String, value: String)], values: [Double])] {
    ["linear", "relu"].map { features in
      (
        [("features", features)],
        runs.filter { $0[0].text("features") == features && $0[0].text("group") == "seeds" }
          .compactMap(value)
      )
    }
  }

  private func terminal(_ run: [Observation]) -> [Observation] {
    run.filter { $0["zero_error"] == 1 }
  }

  private func accuracyClaim(_ runs: [[Observation]], _ remark: String) -> TestedClaim {
    .positive(
      "terminal-gain", .gao, "Test accuracy goes on rising in the terminal phase.",
      test:
        "Test accuracy at the end less that at the first evaluation without a training error, runs with "
        + "other seeds: above zero with the 95 % interval.",
      of: "gain", caption: "What the terminal phase adds to test accuracy",
      settings: settings(runs) { run in
        run.last.map { $0["test_accuracy"] - $0["first_accuracy"] }
      }, remark: remark)
  }

  private func marginClaim(_ runs: [[Observation]], _ remark: String) -> TestedClaim {
    .positive(
      "margin", .gao, "The least margin grows in the terminal phase, also without its scale.",
      test:
        "Spearman's ρ of epoch and η in the terminal phase less 0.9, runs with other seeds: above zero "
        + "with the 95 % interval.",
      of: "ρ − 0.9", caption: "How surely the normalized margin rises",
      settings: settings(runs) { run in
        let items = terminal(run)
        return Ranks.correlation(items.map { $0.number("epoch") }, items.values("eta")).map {
          $0 - 0.9
        }
      }, remark: remark)
  }

  private func orderClaim(_ runs: [[Observation]], _ remark: String) -> TestedClaim {
    .positive(
      "margin-accuracy", .gao, "Test accuracy rises with the margin.",
      test:
        "Spearman's ρ of η and test accuracy over the epochs of the terminal phase, runs with other "
        + "seeds: above zero with the 95 % interval.",
      of: "ρ", caption: "Normalized margin and test accuracy within a run",
      settings: settings(runs) { run in
        let items = terminal(run)
        return Ranks.correlation(items.values("eta"), items.values("test_accuracy"))
      }, remark: remark)
  }

  private func alignmentClaim(_ runs: [[Observation]], _ remark: String) -> TestedClaim {
    let statement =
      "Collapse is not conservative: how the simplex is aligned changes test accuracy by more than another "
      + "start of the last layer does."
    let test =
      "The variance of test accuracy over rotations or permutations over that over redraws: with the 95 % "
      + "interval of 9999 bootstrap draws above 1."
    var rows: [[Table.Cell]] = []
    var outcomes: [Finding.Outcome] = []
    for features in ["linear", "relu"] {
      func accuracies(_ group: Group) -> [Double] {
        runs.filter {
          $0[0].text("features") == features && $0[0].text("group") == group.rawValue
        }.compactMap { $0.last?["test_accuracy"] }
      }
      let redraws = accuracies(.redraws)
      for group in [Group.rotations, .permutations] {
        let values = accuracies(group)
        guard let ratio = VarianceRatio(values, over: redraws) else { continue }
        let outcome: Finding.Outcome =
          ratio.low > 1 ? .agrees : ratio.high < 1 ? .disagrees : .inconclusive
        outcomes.append(outcome)
        rows.append([
          .text(features), .text(group.rawValue), .integer(values.count), .integer(redraws.count),
          .number(100 * VarianceRatio.variance(values).squareRoot()),
          .number(100 * VarianceRatio.variance(redraws).squareRoot()), .text(ratio.text),
        ])
      }
    }
    guard !rows.isEmpty else {
      return TestedClaim(
        name: "alignment", paper: .gao, statement: statement, test: test, finding: nil,
        reason: "fewer than three runs collapsed in a group. " + remark)
    }
    return TestedClaim(
      name: "alignment", paper: .gao, statement: statement, test: test,
      finding: Finding(
        verdict: Finding.verdict(outcomes),
        sentence:
          "In \(outcomes.count { $0 == .agrees }) of \(outcomes.count) comparisons above 1. "
          + remark,
        table: Table(
          name: "alignment", caption: "Spread of test accuracy, in points, by what differs",
          columns: [
            .init("features", "features", isNumeric: false),
            .init("group", "what differs", isNumeric: false), .init("runs", "runs"),
            .init("redraws", "redraws"), .init("deviation", "deviation", format: .fixed(2)),
            .init("deviation_redraws", "of redraws", format: .fixed(2)),
            .init("ratio", "ratio of variances", isNumeric: false),
          ], rows: rows)))
  }

  // MARK: - Figures

  private func courseFigure(_ runs: [[Observation]]) -> LaboratoryFigure {
    func curve(_ runs: [[Observation]], _ name: String) -> [LaboratoryFigure.Series.Point] {
      runs.flatMap(\.self).groups(by: "epoch").compactMap { moment in
        SeedInterval(moment.values(name).filter(\.isFinite)).map { interval in
          .init(
            x: moment[0].number("epoch"), y: interval.mean,
            low: interval.halfWidth.map { interval.mean - $0 },
            high: interval.halfWidth.map { interval.mean + $0 })
        }
      }
    }
    return LaboratoryFigure(
      name: "terminal-phase", title: "Test accuracy and normalized margin",
      caption:
        "Means over seeds with 95 % intervals; η is scaled to no training error and collapse at 1.",
      x: .init("epoch"), y: .init("test accuracy, η"),
      panels: ["linear", "relu"].map { features in
        let own = runs.filter {
          $0[0].text("features") == features && $0[0].text("group") == Group.seeds.rawValue
        }
        return .init(
          title: "\(features) features",
          series: [
            .init("test accuracy", .joined, colour: 0, points: curve(own, "test_accuracy")),
            .init("η", .joined, colour: 1, points: curve(own, "eta")),
          ])
      })
  }

  private func groupFigure(_ runs: [[Observation]]) -> LaboratoryFigure {
    LaboratoryFigure(
      name: "alignment", title: "Test accuracy by what differs",
      caption:
        "A point a run, side by side: \(Group.allCases.map(\.rawValue).joined(separator: ", ")).",
      x: .init("group"), y: .init("test accuracy"),
      panels: ["linear", "relu"].map { features in
        .init(
          title: "\(features) features",
          series: Group.allCases.enumerated().map { index, group in
            .init(
              group.rawValue, .points, colour: index,
              points: runs.filter {
                $0[0].text("features") == features && $0[0].text("group") == group.rawValue
              }.compactMap { run in
                run.last.map {
                  .init(
                    x: Double(index + 1) + 0.3
                      * (run[0].number("number") / Double(repetitions) - 0.5),
                    y: $0["test_accuracy"])
                }
              })
          })
      })
  }
}

/// The ratio of two variances with the 95 % interval of a seeded bootstrap, which draws both anew.
struct VarianceRatio {
  let value: Double
  let low: Double
  let high: Double

  private static let draws = 9999

  /// `nil` with fewer than three values on a side, or none that differ below.
  init?(_ values: [Double], over others: [Double]) {
    guard values.count >= 3, others.count >= 3, Self.variance(others) > 0 else { return nil }
    value = Self.variance(values) / Self.variance(others)
    var generator = SeededGenerator(seed: 1, stream: "variance ratio")
    func drawn(_ values: [Double]) -> Double {
      Self.variance(values.map { _ in values[generator.index(below: values.count)] })
    }
    let ratios = (0..<Self.draws).map { _ in
      let above = drawn(values)
      return above / drawn(others)
    }.filter { !$0.isNaN }.sorted()
    low = ratios[Int(0.025 * Double(ratios.count))]
    high = ratios[Int(0.975 * Double(ratios.count))]
  }

  /// Of a sample, its size less one counted.
  static func variance(_ values: [Double]) -> Double {
    let mean = values.reduce(0, +) / Double(values.count)
    return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
  }

  var text: String {
    let format = NumberFormat.significant(3)
    return "\(format.text(value)), \(format.text(low)) … \(format.text(high))"
  }
}
