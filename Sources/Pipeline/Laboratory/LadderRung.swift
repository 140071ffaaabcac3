import Laboratory
import Predictions
import Reporting

/// Which of the minima that have learned a part of the classes a loss is nearest to.
struct LadderRung {
  /// m of K classes.
  var learned: Int
  /// How far the loss is from that of m classes.
  var distance: Double

  init(_ loss: Double, of predicted: DeepFeatures, classCount: Int) {
    let rungs = (0...classCount).map { learned in
      (learned, abs(loss - (predicted.ladder(learned: learned, of: classCount) ?? 0.5)))
    }
    (learned, distance) = rungs.min { $0.1 < $1.1 }!
  }

  /// What random starts say of the optimum and of other minima.
  ///
  /// - Parameter axes: what tells settings apart; observations hold loss, predicted_loss, rung,
  ///   rung_distance and balance.
  static func claims(
    of observations: [Observation], axes: [String], paper: Paper, classCount: Int
  ) -> [TestedClaim] {
    let groups = observations.groups(by: axes)
    func setting(_ group: [Observation]) -> [(axis: String, value: String)] {
      axes.map { ($0, group[0].text($0)) }
    }
    let rectified = observations.filter { $0.text("activation") == "relu" }
    let onLadder = ShareInterval(
      hits: rectified.count { $0["rung_distance"] < 1e-4 },
      of: rectified.count)
    let off = rectified.filter { !($0["rung_distance"] < 1e-4) }
    let split = off.count { abs($0["split_loss"] - $0["loss"]) < 1e-6 }
    return [
      TestedClaim(
        "deep-optimum", paper,
        "With layers between features and classifier the optimum is deep neural collapse, of the "
          + "closed form's loss.",
        test:
          "The best loss over starts against the closed form: a relative 1e−6; and no start ends "
          + "more than 1e−6 below it.",
        checks: groups.map { group in
          let predicted = group[0]["predicted_loss"]
          let best = group.values("loss").min() ?? .nan
          return PredictionCheck(
            setting(group), measured: group.values("loss"), predicted: predicted,
            deviation: abs(best / predicted - 1), tolerance: 1e-6)
        }, of: "loss", deviation: "best, relative",
        caption: "Loss over starts, mean and 95 % interval; the best against the prediction"),
      TestedClaim(
        "ladder", paper,
        "Other minima have learned m of K classes and ignore the rest: losses lie on the rungs "
          + "½ − (m/K)(½ − V) (derived here).",
        test:
          "Linear chains: every start within 1e−4 of a rung. With ReLUs: at least 85 % of starts.",
        checks: observations.groups(by: "activation").map { group in
          let distances = group.values("rung_distance")
          let isLinear = group[0].text("activation") == "identity"
          let away = Double(distances.count { !($0 < 1e-4) }) / Double(distances.count)
          return PredictionCheck(
            group.setting("activation"), measured: group.values("rung"), predicted: nil,
            deviation: away, tolerance: isLinear ? 0.0 : 0.15)
        }, of: "classes learned", deviation: "share off the rungs",
        caption: "Classes learned, mean and 95 % interval over starts",
        remark: rectified.isEmpty
          ? ""
          : "With ReLUs \(onLadder.text) starts are on a rung."
            + (off.isEmpty
              ? ""
              : " \(split) of the \(off.count) off it end where classes are split into parts with "
                + "features of their own, at the loss of the closed form for that (derived here) to "
                + "1e−6.")),
      TestedClaim(
        "balance", paper,
        "At every minimum, whatever its geometry, all groups of parameters pay the same penalty.",
        test: "max_g |λ_g‖θ_g‖²/T − 1| at most 1e−3 for every start that did not end at zero.",
        checks: groups.map { group in
          let balances = group.values("balance").filter(\.isFinite)
          return PredictionCheck(
            setting(group), measured: balances, predicted: 0, deviation: balances.largest,
            tolerance: 1e-3)
        }.filter { !$0.measured.isEmpty }, of: "imbalance", deviation: "largest",
        caption: "Imbalance of penalties, mean and 95 % interval over starts"),
    ]
  }

  /// Losses by P/P*: of starts, of the closed form, of the ladder's rungs and of zero.
  static func figure(_ panels: [LaboratoryFigure.Panel]) -> LaboratoryFigure {
    LaboratoryFigure(
      name: "ladder", title: "The ladder of minima",
      caption:
        "Every start is a mark. Lines: minima that have learned so many of the classes, the least "
        + "of which is deep neural collapse. One layer has no such minima but the best.",
      x: .init("P/P*"), y: .init("loss"), panels: panels)
  }

  /// The starts of one depth beside the rungs.
  ///
  /// - Parameter starts: `x` is P/P*, `y` the loss.
  static func panel(
    _ title: String, starts: [LaboratoryFigure.Series.Point], depth: Int, classCount: Int
  ) -> LaboratoryFigure.Panel {
    let shares = (1...50).map { Double($0) / 50 }
    let rungs = (depth == 1 ? [0, classCount] : Array(0...classCount)).map { learned in
      LaboratoryFigure.Series(
        learned == 0 ? "zero" : learned == classCount ? "all learned" : "\(learned) learned", .line,
        colour: learned,
        points: shares.compactMap { share in
          let features = DeepFeatures(
            depth: depth, classCount: classCount, shareOfThreshold: share)
          return features.ladder(learned: learned, of: classCount).map { .init(x: share, y: $0) }
        })
    }
    return .init(
      title: title,
      series: rungs + [.init("starts", .points, colour: classCount + 1, points: starts)])
  }
}
