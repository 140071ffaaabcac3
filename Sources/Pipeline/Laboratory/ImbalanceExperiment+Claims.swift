import LibC
import Predictions
import Reporting

extension ImbalanceExperiment {
  func conclusions(from observations: [Observation]) -> ExperimentConclusions {
    let ratio = observations.of("ratio")
    let vanishing = observations.of("vanishing-decay")
    var conclusions = ExperimentConclusions()
    conclusions.facts = [
      ("Classes", "\(groupSize) and \(groupSize)"), ("Decay", "\(decay)"),
      ("Merging ratio", NumberFormat.significant(4).text(ratio.first?["merging_ratio"] ?? .nan)),
      ("Solutions found", "\(ratio.count + vanishing.count + observations.of("relu").count)"),
    ]
    conclusions.claims = [
      mergingClaim(ratio), curveClaim(ratio),
      GroupNorms.claim(
        observations.of("ratio-groups"), axes: ["R"], paper: .fang,
        "Features and classifier have the norms of that program (derived here).",
        of: "Every start"),
      reluClaim(observations.of("relu")), vanishingClaim(vanishing),
    ]
    conclusions.tables = [
      observations.of("ratio-rows").summary(
        by: ["R", "sizes", "row", "other"], of: ["cosine", "predicted_cosine"], name: "rows",
        caption:
          "Cosines between rows of W, of larger classes, smaller and both: mean and 95 % interval "
          + "over starts")
    ]
    conclusions.figures = [ratioFigure(ratio), vanishingFigure(vanishing)]
    conclusions.definitions =
      [
        .init("R", "Samples of a larger class over those of a smaller."),
        .init(
          "merging_ratio", "From which ratio on the smaller classes merge.",
          formula: "R* = (1/(λ_Z√n_B) − k_B)/k_A,  λ_Z = √(λ_Wλ_H)"),
        .init(
          "gram_distance", "Between WWᵀ and that of the largest margin, both of norm 1.",
          formula: "‖WWᵀ/‖WWᵀ‖ − VΛVᵀ/‖VΛVᵀ‖‖"),
      ] + LaboratoryReport.Definition.ofChains + GroupNorms.definitions
    return conclusions
  }

  private func mergingClaim(_ ratio: [Observation]) -> TestedClaim {
    TestedClaim(
      "minority-collapse", .fang,
      "Beyond a ratio of sizes the classifier no longer tells the smaller classes apart. It is "
        + "R* = (1/(λ_Z√n_B) − k_B)/k_A (the threshold is derived here).",
      test:
        "The mean cosine between rows of W of smaller classes is above 1 − 1e−4 from R* on, and below "
        + "1 − 1e−3 before, from every start.",
      checks: ratio.groups(by: "R").map { group in
        let merges = group[0]["merges"] == 1
        let gaps = group.values("minority").map { 1 - $0 }
        return PredictionCheck(
          group.setting("R"), measured: group.values("minority"),
          predicted: group[0]["predicted_minority"],
          deviation: merges ? gaps.largest : 1e-7 / (gaps.min() ?? 0), tolerance: 1e-4)
      }, of: "cosine between smaller classes", deviation: "1 − cosine, or 1e−7 over it",
      caption: "Rows of W of smaller classes, mean and 95 % interval over starts")
  }

  private func curveClaim(_ ratio: [Observation]) -> TestedClaim {
    TestedClaim(
      "imbalance-curve", .fang,
      "Loss and cosines before it follow from a convex program of six logits (derived here).",
      test: "Every start: the loss within a relative 1e−6, cosines within 2e−3 of the program's.",
      checks: ratio.groups(by: "R").map { group in
        let loss = group.map { abs($0["loss"] / $0["predicted_loss"] - 1) }.largest
        let cosines = ["majority", "minority"].map { name in
          group.map { abs($0[name] - $0["predicted_\(name)"]) }.largest
        }.largest
        return PredictionCheck(
          group.setting("R"), measured: group.values("loss"),
          predicted: group[0]["predicted_loss"], deviation: max(2e3 * loss, cosines),
          tolerance: 2e-3)
      }, of: "loss", deviation: "largest deviation",
      caption: "Loss by ratio, mean and 95 % interval over starts")
  }

  private func reluClaim(_ relu: [Observation]) -> TestedClaim {
    TestedClaim(
      "relu", .thrampoulidis,
      "Features that may not be negative stay an orthogonal frame; a smaller class vanishes instead of "
        + "merging (derived here).",
      test:
        "The best of the starts: loss within a relative 1e−6, and ‖h‖² of the smallest class within "
        + "1e−3 of the closed form.",
      checks: relu.groups(by: "sizes").compactMap { group in
        guard let best = group.min(by: { $0["loss"] < $1["loss"] }) else { return nil }
        return PredictionCheck(
          group.setting("sizes"), measured: group.values("loss"),
          predicted: best["predicted_loss"],
          deviation: max(
            abs(best["loss"] / best["predicted_loss"] - 1),
            1e-3 * abs(best["minority_norm"] - best["predicted_minority_norm"])),
          tolerance: 1e-6)
      }, of: "loss", deviation: "of the best", caption: "Features after a ReLU by class sizes")
  }

  private func vanishingClaim(_ vanishing: [Observation]) -> TestedClaim {
    let starts = vanishing.groups(by: "seed").map { start in
      start.sorted { $0.number("λ") > $1.number("λ") }.values("gram_distance")
    }
    let falls = starts.allSatisfy { distances in
      zip(distances, distances.dropFirst()).allSatisfy { $0 > $1 }
    }
    return TestedClaim(
      "largest-margin", .thrampoulidis,
      "As decay goes to zero the classifier tends to the geometry of simplex-encoded labels; only with "
        + "the inverse of the decay's logarithm (the rate is measured here).",
      test:
        "R = 10, every start: the distance falls at every step of λ, and times ln(1/λ) stays between 0.4 "
        + "and 1.0 below λ = 1e−3.",
      checks: vanishing.groups(by: "λ").map { group in
        let isSettled = group[0].number("λ") < 1e-3
        let products = group.values("times_logarithm").map { abs($0 - 0.7) }
        return PredictionCheck(
          group.setting("λ"), measured: group.values("gram_distance"), predicted: nil,
          deviation: !falls ? .infinity : isSettled ? products.largest : 0, tolerance: 0.3)
      }, of: "distance", deviation: "|distance · ln(1/λ) − 0.7|",
      caption:
        "Distance from the geometry of simplex-encoded labels, mean and 95 % interval over starts")
  }

  /// The program's cosines between the smallest ratio and the largest.
  private func programCurve(_ ratio: [Observation]) -> [LaboratoryFigure.Series.Point] {
    let measured = ratio.map { Int($0.number("R")) }
    guard let low = measured.min(), let high = measured.max() else { return [] }
    let counts = (low * minorityCount)...(high * minorityCount)
    let step = max(1, counts.count / 80)
    return stride(from: counts.lowerBound, through: counts.upperBound, by: step).map { count in
      .init(
        x: Double(count) / Double(minorityCount),
        y: model(majorityCount: count).optimum().minorityCosine ?? .nan)
    }
  }

  private func ratioFigure(_ ratio: [Observation]) -> LaboratoryFigure {
    let lowest = ratio.values("minority").min() ?? 0
    let threshold = ratio.first.map { first in
      [lowest, 1].map {
        LaboratoryFigure.Series.Point(x: first["merging_ratio"], y: $0)
      }
    }
    return LaboratoryFigure(
      name: "cosine-ratio", title: "Smaller classes merge",
      caption:
        "The mean cosine between rows of W of smaller classes; the line is the program's, the upright "
        + "one stands at R*.",
      x: .init("R"), y: .init("cosine"),
      panels: [
        .init(
          title: "Rows of W",
          series: [
            .init("predicted", .line, colour: 0, points: programCurve(ratio)),
            .init(
              "measured", .points, colour: 1,
              points: ratio.map { .init(x: $0.number("R"), y: $0["minority"]) }),
            .init("R*", .line, colour: 2, points: threshold ?? []),
          ])
      ])
  }

  private func vanishingFigure(_ vanishing: [Observation]) -> LaboratoryFigure {
    func inverse(_ observation: Observation) -> Double { 1 / log(1 / observation.number("λ")) }
    let ends: [Double] = [0, vanishing.map(inverse).largest]
    return LaboratoryFigure(
      name: "distance-decay", title: "Towards the largest margin",
      caption:
        "A straight line through zero is a fall with the inverse of the decay's logarithm; the broken one "
        + "has the slope 0.7. Every start is a mark.",
      x: .init("1/ln(1/λ)"), y: .init("distance"),
      panels: [
        .init(
          title: "Distance from simplex-encoded labels",
          series: [
            .init(
              "measured", .points, colour: 0,
              points: vanishing.map { .init(x: inverse($0), y: $0["gram_distance"]) }),
            .init(
              "slope 0.7", .line, colour: 1,
              points: vanishing.isEmpty ? [] : ends.map { .init(x: $0, y: 0.7 * $0) }),
          ])
      ])
  }
}
