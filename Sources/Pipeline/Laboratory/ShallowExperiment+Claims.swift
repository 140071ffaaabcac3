import LibC
import Predictions
import Reporting

extension ShallowExperiment {
  func conclusions(from observations: [Observation]) -> ExperimentConclusions {
    let separation = observations.of("separation")
    let training = observations.of("training")
    let deep = observations.of("two-layers")
    let test = observations.of("test")
    var conclusions = ExperimentConclusions()
    conclusions.facts = [
      ("Classes", "\(classCount)"), ("Samples of a class", "\(perClass)"), ("Decay", "\(decay)"),
      ("Networks trained", "\(training.count + deep.count + test.count)"),
    ]
    conclusions.claims = [
      boundaryClaim(separation), criterionClaim(training, separation),
      widthClaim(training, separation), deepClaim(deep), testClaim(test),
    ]
    conclusions.tables = [separationTable(separation)]
    conclusions.figures = figures(separation, training, deep, test)
    conclusions.definitions = [
      .init(
        "signal", "The norm of class means over the deviation of the noise in each dimension."),
      .init(
        "separates",
        "Whether each class has a direction that is 1 on it and not positive elsewhere: then a hidden "
          + "layer can cost as little as free features.",
        formula: "∃w: x_i·w = 1 (y_i = k), x_i·w ≤ 0 (y_i ≠ k)"),
      .init(
        "bound", "The least loss of features that may not be negative, whatever made them.",
        formula: "log(1+(K−1)e^{−α}) + sα√(K(K−1))"),
    ]
    conclusions.definitions += LaboratoryReport.Definition.ofChains.filter {
      ["nc1", "cosine", "gradient"].contains($0.name)
    }
    return conclusions
  }

  /// Whether a network is as good as free features, and its features those of its class.
  static func hasCollapsed(_ network: Observation) -> Bool {
    network["gap"] < 2e-5 && network["nc1"] < 3e-4
  }

  /// Networks of the draws that separate, or of those that do not.
  private func networks(
    _ training: [Observation], where separates: Bool, _ separation: [Observation]
  ) -> [Observation] {
    let verdicts = Dictionary(
      separation.map { ($0.drawName, $0["separates"] == 1) }, uniquingKeysWith: { $1 })
    return training.filter { verdicts[$0.drawName] == separates }
  }

  private static let withoutSolver = "the linear programmes were left out"

  private func boundaryClaim(_ separation: [Observation]) -> TestedClaim {
    let total = classCount * perClass
    return TestedClaim(
      "boundary", .hongLing,
      "Whether collapse can be reached depends on dimension, number of samples and signal: always with "
        + "as many dimensions as samples, never with fewer than samples of a class, in between the sooner "
        + "the stronger the signal (as we read the paper).",
      test:
        "All draws separate from d = N on, none below d = n; in between no signal separates fewer "
        + "draws than a smaller one does beyond chance (Fisher's exact test, p below 0.01).",
      checks: separation.groups(by: "d").map { group in
        let dimension = Int(group[0].number("d"))
        let shares = group.groups(by: "signal")
          .sorted { $0[0].number("signal") < $1[0].number("signal") }.map(\.separatingShare)
        let expected: Double? = dimension >= total ? 1 : dimension < perClass ? 0 : nil
        let falls = zip(shares, shares.dropFirst()).map { weaker, stronger in
          stronger.share < weaker.share ? 1 - ShareInterval.isLarger(weaker, than: stronger) : 0
        }
        return PredictionCheck(
          group.setting("d"), measured: shares.map(\.share), predicted: expected,
          deviation: expected.map { ideal in shares.map { abs($0.share - ideal) }.largest }
            ?? falls.largest, tolerance: expected == nil ? 0.99 : 0)
      }, of: "share, mean over signals", deviation: "from 0 or 1, or 1 − p",
      caption: "Shares of draws in which every class is told by one direction",
      orElse: Self.withoutSolver)
  }

  private func criterionClaim(
    _ training: [Observation], _ separation: [Observation]
  ) -> TestedClaim {
    let able = networks(training, where: true, separation)
    let unable = networks(training, where: false, separation)
    func text(_ items: [Observation]) -> String {
      ShareInterval(hits: items.count(where: Self.hasCollapsed), of: items.count).text
    }
    return TestedClaim(
      "criterion", .hongLing,
      "A network of one hidden layer collapses exactly where the samples let it, whatever its width "
        + "(the linear programme that decides is derived here).",
      test:
        "A network has collapsed where its loss is within 2e−5 of the bound and NC1 below 3e−4. In at "
        + "least 95 % of networks of every signal that is so exactly where the programme of their "
        + "samples says.",
      checks: (able + unable).groups(by: "signal").map { group in
        let names = Set(able.map(\.drawName))
        let wrong = group.count { Self.hasCollapsed($0) != names.contains($0.drawName) }
        return PredictionCheck(
          group.setting("signal"), measured: group.map { Self.hasCollapsed($0) ? 1 : 0 },
          predicted: Double(group.count { names.contains($0.drawName) }) / Double(group.count),
          deviation: Double(wrong) / Double(group.count), tolerance: 0.05)
      }.sorted { $0.setting[0].value < $1.setting[0].value },
      of: "share that collapsed", deviation: "share that disagrees",
      caption: "Networks of one hidden layer against linear programmes of their samples",
      remark:
        "Collapsed where samples separate: \(text(able)); where they do not: \(text(unable)).",
      orElse: Self.withoutSolver)
  }

  private func widthClaim(_ training: [Observation], _ separation: [Observation]) -> TestedClaim {
    TestedClaim(
      "width", .hongLing,
      "Where it cannot collapse a wider network comes no nearer (as we read the paper).",
      test:
        "Samples that do not separate: the difference of log₁₀ NC1 between the widest and the "
        + "narrowest network of one draw, in the mean over draws at most 0.3 in magnitude.",
      checks: networks(training, where: false, separation).groups(by: "signal", "d").compactMap {
        group in
        let differences = group.groups(by: "seed").compactMap { items -> Double? in
          let ordered = items.sorted { $0.number("width") < $1.number("width") }
          guard ordered.count > 1 else { return nil }
          return log10(ordered.last!["nc1"]) - log10(ordered[0]["nc1"])
        }
        guard !differences.isEmpty else { return nil }
        let mean = differences.reduce(0, +) / Double(differences.count)
        return PredictionCheck(
          group.setting("signal", "d"), measured: differences, predicted: 0, deviation: abs(mean),
          tolerance: 0.3)
      }, of: "difference of log₁₀ NC1", deviation: "of the mean",
      caption: "Variability of a wide network against a narrow one where samples do not separate",
      orElse: separation.isEmpty ? Self.withoutSolver : "all samples separate")
  }

  private func deepClaim(_ deep: [Observation]) -> TestedClaim {
    let wide = deep.filter { $0.number("width") >= 1.3 * Double(classCount * perClass) }
    let blocks = deep.groups(by: "seed").map { group in
      group.sorted { $0.number("width") < $1.number("width") }.map { -$0["nc1"] }
    }
    let trend = PermutationTest.risingTrend(blocks)
    return TestedClaim(
      "first-layer", .hongLing,
      "With two hidden layers a first that is wide enough brings collapse, in whatever dimension the "
        + "samples are (as we read the paper).",
      test:
        "d = \(Self.deepCell.dimension), signal \(Int(Self.deepCell.signal)), where one hidden layer "
        + "cannot: NC1 of every network below 1e−4 from a first width of 1.3 N on. Page's trend "
        + "test says whether NC1 falls with that width.",
      checks: wide.groups(by: "width").map { group in
        PredictionCheck(
          group.setting("width"), measured: group.values("nc1").map(log10), predicted: nil,
          deviation: group.values("nc1").largest, tolerance: 1e-4)
      }, of: "log₁₀ NC1", deviation: "largest NC1",
      caption: "Variability with a wide first layer, mean and 95 % interval over draws",
      remark: trend.map {
        "NC1 falls with the width: p = \(NumberFormat.significant(2).text($0)) over "
          + "\(blocks.count) draws."
      } ?? "",
      orElse: "missing: a first width of 1.3 N")
  }

  private func testClaim(_ test: [Observation]) -> TestedClaim {
    TestedClaim(
      "generalization", .hongLing,
      "Collapse says nothing of the test error, which depends on the signal (as we read the paper).",
      test:
        "d ≥ N: NC1 below 1e−3 at every signal from 2 on; while the 95 % interval of test accuracy "
        + "lies below 0.85 up to a signal of 2 and above 0.95 from 4 on.",
      checks: test.filter { $0.number("signal") >= 2 }.groups(by: "signal").map { group in
        let signal = group[0].number("signal")
        let accuracy = SeedInterval(group.values("accuracy"))
        let half = accuracy?.halfWidth ?? .nan
        let mean = accuracy?.mean ?? .nan
        let isAsSaid = signal <= 2 ? mean + half < 0.85 : signal >= 4 ? mean - half > 0.95 : true
        return PredictionCheck(
          group.setting("signal"), measured: group.values("accuracy"), predicted: nil,
          deviation: isAsSaid ? group.values("nc1").largest : .infinity, tolerance: 1e-3)
      }, of: "test accuracy", deviation: "largest NC1",
      caption: "Test accuracy of collapsed networks, mean and 95 % interval over draws",
      orElse: "missing: signals from 2 on")
  }

  private func separationTable(_ separation: [Observation]) -> Table {
    let columns = separation.groups(by: "d").sorted { $0[0].number("d") < $1[0].number("d") }
      .map { $0[0].text("d") }
    return Table(
      name: "separating-draws", caption: "Shares of draws that separate, by signal and dimension",
      columns: [.init("signal", "signal", isNumeric: false)]
        + columns.map { .init("d\($0)", "d = \($0)", format: .fixed(2)) },
      rows: separation.groups(by: "signal").map { row in
        [.text(row[0].text("signal"))]
          + columns.map { label in
            .init(row.filter { $0.text("d") == label }.nonEmpty?.separatingShare.share)
          }
      })
  }
}

extension Observation {
  /// What one draw of samples is known by.
  fileprivate var drawName: String { "\(text("signal")) \(text("d")) \(text("seed"))" }
}

extension [Observation] {
  /// The share of draws that separate.
  var separatingShare: ShareInterval {
    ShareInterval(hits: count { $0["separates"] == 1 }, of: count)
  }

  fileprivate var nonEmpty: [Observation]? { isEmpty ? nil : self }
}
