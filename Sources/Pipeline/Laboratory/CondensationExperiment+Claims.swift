import CollapseCore
import Predictions
import Reporting

extension CondensationExperiment {
  func conclusions(from observations: [Observation]) -> ExperimentConclusions {
    let starts = observations.of("start")
    let runs = observations.of("training")
    let probes = observations.of("probes")
    var conclusions = ExperimentConclusions()
    conclusions.facts = [
      ("Digits to train on", "\(perClass * Self.classCount)"),
      ("Digits to test on", "\(testPerClass * Self.classCount)"),
      ("Widths", widths.map(String.init).joined(separator: ", ")), ("Steps", "\(steps)"),
      ("Seeds", "\(seeds)"),
      ("Not tested", "the second stage of unified batch normalization, a rectification of maps"),
    ]
    conclusions.claims = [
      plainStartClaim(starts), normalizedStartClaim(starts), centredStartClaim(starts),
      earlyClaim(probes, byRunning: false), earlyClaim(probes, byRunning: true),
      lagClaim(probes), gainClaim(runs, "first-epoch", "first_accuracy", "after the first epoch"),
      gainClaim(runs, "end", "accuracy", "at the end"), orderClaim(runs),
    ]
    conclusions.tables = [
      runs.summary(
        by: ["normalization", "τ", "η", "batch"],
        of: ["first_accuracy", "accuracy", "gated", "condensation"], name: "accuracies",
        caption:
          "Test accuracy after the first epoch and at the end, the share of batches whose gate "
          + "closed (mean over layers), and q' behind the ReLUs at the end by moments of the probe: mean and "
          + "95 % interval"),
      // Before the first step runs of all rates and batch sizes are the same.
      probes.filter {
        $0.text("normalization") == Self.batch && $0.number("step") == 0
          && $0.number("η") == rates.first
          && $0.number("batch") == batchSizes.first.map(Double.init)
      }.summary(
        by: ["layer"],
        of: Place.allCases.flatMap { place in
          [false, true].map { Self.place(place, byRunning: $0) }
        }, name: "before-training",
        caption: "q' of digits before the first step with batch normalization, by place and moments"
      ),
    ]
    conclusions.figures = [
      startFigure(starts), condensationFigure(probes), accuracyFigure(runs), orderFigure(runs),
    ]
    conclusions.definitions = [
      .init(
        "q'", "The mean cosine over pairs of different samples.",
        formula: "q' = (nq − 1)/(n − 1),  q = ‖mean of h/‖h‖‖²"),
      .init(
        "UBN-A",
        "A batch with q' above τ where it enters a normalization is normalized by the running moments and "
          + "leaves them as they are (one reading of the paper's first stage)."),
      .init(
        "UBN-B",
        "Such a batch is normalized by its own moments all the same, and only leaves the running ones as they "
          + "are (the other reading)."),
      .init("η", "The learning rate, without momentum."),
      .init(
        "probe",
        "A batch of \(probeCount) digits, the same at every step, normalized by its own moments (_batch) or by "
          + "the running ones (_running): what enters the normalization, what leaves it, and what is behind the "
          + "ReLU."),
    ]
    return conclusions
  }

  // MARK: - Before training

  private func startChecks(
    _ starts: [Observation], _ normalization: String, _ quantity: String, _ predicted: String,
    tolerance: Double
  ) -> [PredictionCheck] {
    starts.filter { $0.text("normalization") == normalization }.groups(by: "width", "layer").map {
      let measured = $0.values(quantity)
      return PredictionCheck(
        $0.setting("width", "layer"), measured: measured, predicted: $0[0][predicted],
        deviation: abs(measured.mean - $0[0][predicted]), tolerance: tolerance)
    }
  }

  private func plainStartClaim(_ starts: [Observation]) -> TestedClaim {
    TestedClaim(
      "start-without", .wang,
      "Without normalization samples grow alike from layer to layer where training begins: c → (√(1−c²) + "
        + "c(π − arccos c))/π (derived after Cho & Saul, 2009).",
      test: "The mean of q' behind each ReLU over networks, independent samples: within 0.02.",
      checks: startChecks(starts, Self.plain, "rectified", "predicted", tolerance: 0.02),
      of: "q'", deviation: "of the mean", caption: "How alike samples are without normalization")
  }

  private func normalizedStartClaim(_ starts: [Observation]) -> TestedClaim {
    TestedClaim(
      "start-rectified", .wang,
      "With batch normalization q' behind a ReLU is 1/π at every depth where training begins (derived here).",
      test: "The mean of q' behind each ReLU over networks, independent samples: within 0.015.",
      checks: startChecks(starts, Self.batch, "rectified", "predicted", tolerance: 0.015),
      of: "q'", deviation: "of the mean", caption: "How alike samples are behind ReLUs")
  }

  private func centredStartClaim(_ starts: [Observation]) -> TestedClaim {
    TestedClaim(
      "start-normalized", .wang,
      "What a batch normalization puts out has no mean, and q' = −1/(n − 1) (derived here).",
      test: "The mean of q' of what leaves each normalization over networks: within 0.015.",
      checks: startChecks(
        starts, Self.batch, "normalized", "predicted_normalized", tolerance: 0.015),
      of: "q'", deviation: "of the mean", caption: "How alike samples are behind normalizations")
  }

  // MARK: - Early in training

  /// q' behind ReLUs by step, mean over layers, of one run with batch normalization.
  private func courses(
    _ probes: [Observation], byRunning: Bool
  ) -> [(setting: [(axis: String, value: String)], runs: [[(step: Int, value: Double)]])] {
    let quantity = Self.place(.rectified, byRunning: byRunning)
    return probes.filter { $0.text("normalization") == Self.batch }.groups(by: "η", "batch").map {
      group in
      (
        group.setting("η", "batch"),
        group.groups(by: "seed").map { run in
          run.groups(by: "step").map {
            (Int($0[0].number("step")), $0.values(quantity).mean)
          }
        }
      )
    }
  }

  private func earlyClaim(_ probes: [Observation], byRunning: Bool) -> TestedClaim {
    let moments = byRunning ? "running moments" : "the moments of the batch"
    return TestedClaim(
      byRunning ? "early-condensation-running" : "early-condensation-batch", .wang,
      "With batch normalization features condense early in training (as we read the paper), by \(moments).",
      test:
        "The largest q' behind the ReLUs, mean over layers, after one of the steps looked at within two "
        + "epochs, less that before the first step: the 95 % interval over seeds lies above zero.",
      intervals: courses(probes, byRunning: byRunning).map { setting, runs in
        let limit = 2 * epoch(batchSize: Int(setting[1].value) ?? 1)
        return IntervalCheck(
          setting,
          measured: runs.map { run in
            let later = run.filter { $0.step > 0 && $0.step <= limit }.map(\.value)
            return (later.max() ?? .nan) - run[0].value
          })
      }, of: "rise of q'", caption: "The largest q' within two epochs, by \(moments)")
  }

  private func lagClaim(_ probes: [Observation]) -> TestedClaim {
    let (own, running) = (
      courses(probes, byRunning: false), courses(probes, byRunning: true)
    )
    let checks = zip(own, running).flatMap { own, running in
      [true, false].map { isFirst in
        let differences = zip(own.runs, running.runs).map { own, running in
          isFirst
            ? running[0].value - own[0].value
            : (running.last?.value ?? .nan) - (own.last?.value ?? .nan)
        }
        let setting = own.setting + [("step", isFirst ? "0" : "\(steps)")]
        return isFirst
          ? IntervalCheck(setting, measured: differences)
          : IntervalCheck(setting, measured: differences, expected: -0.05...0.05)
      }
    }
    return TestedClaim(
      "running-lag", .wang,
      "Features that look condensed early do so by running moments alone, which lag behind at their first "
        + "values of zero and one (derived here).",
      test:
        "q' behind the ReLUs by running moments less that by the batch's, mean over layers: above zero "
        + "before the first step, within 0.05 at the end, with the 95 % interval over seeds.",
      intervals: checks, of: "difference of q'", caption: "Running moments against the batch's")
  }

  // MARK: - Gates

  /// The runs of a group of seeds with a gate, and those with batch normalization beside them.
  private func gatedGroups(
    _ runs: [Observation]
  ) -> [(gated: [Observation], batch: [Observation])] {
    runs.filter { Self.gates.contains($0.text("normalization")) }
      .groups(by: "normalization", "τ", "η", "batch").map { group in
        (
          group,
          runs.filter {
            $0.text("normalization") == Self.batch && $0.text("η") == group[0].text("η")
              && $0.text("batch") == group[0].text("batch")
          }
        )
      }
  }

  private func gainClaim(
    _ runs: [Observation], _ name: String, _ quantity: String, _ time: String
  ) -> TestedClaim {
    let groups = gatedGroups(runs)
    let closing = groups.filter { $0.gated.contains { $0["gated"] > 0 } }
    let open = groups.count - closing.count
    let always = groups.count { $0.gated.allSatisfy { $0["gated"] == 1 } }
    return TestedClaim(
      "gain-\(name)", .wang,
      "Unified batch normalization classifies better than batch normalization \(time) (its first stage, as we "
        + "read the paper).",
      test:
        "Test accuracy \(time) less that with batch normalization, paired by seeds: the 95 % interval of "
        + "the mean lies above zero.",
      intervals: closing.map { gated, batch in
        IntervalCheck(
          gated.setting("normalization", "τ", "η", "batch"),
          measured: gated.differences(of: quantity, from: batch))
      }, of: "difference of accuracies", caption: "What gates gain \(time)",
      remark: "In \(open) of \(groups.count) settings no gate closes and training is that of batch "
        + "normalization: they are left out. In \(always) every gate is always closed: UBN-A is an affine layer "
        + "then, and the running moments of UBN-B are never those of a batch.")
  }

  private func orderClaim(_ runs: [Observation]) -> TestedClaim {
    let normalizing = runs.filter { $0.text("normalization") != Self.plain }
    let parts =
      [("all", "all", runs), ("those that normalize", "all", normalizing)]
      + runs.groups(by: "η").map { ("all", $0[0].text("η"), $0) }
    let diverged = runs.count { !$0["condensation"].isFinite }
    let checks = parts.map { networks, rate, part in
      IntervalCheck(
        [("networks", networks), ("η", rate)],
        measured: part.groups(by: "seed").compactMap { group in
          let known = group.filter { $0["condensation"].isFinite }
          return Ranks.correlation(known.values("condensation"), known.values("accuracy"))
        }, below: 0)
    }
    return TestedClaim(
      "condensation-accuracy", .wang,
      "Who has more condensed features classifies worse.",
      test:
        "Spearman's ρ of q' behind the ReLUs at the end (moments of the probe, mean over layers) and test "
        + "accuracy over all settings of a seed: the 95 % interval over seeds lies below zero.",
      intervals: checks, of: "ρ", caption: "Condensation and accuracy",
      remark:
        "\(diverged) of \(runs.count) runs have no q' at the end, as their numbers grew beyond all bounds: "
        + "they are left out.")
  }
}
