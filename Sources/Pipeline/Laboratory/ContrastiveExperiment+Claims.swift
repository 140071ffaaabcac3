import Predictions
import Reporting

extension ContrastiveExperiment {
  func conclusions(from observations: [Observation]) -> ExperimentConclusions {
    let imbalance = observations.of("imbalance")
    let landscape = observations.of("landscape")
    let batches = observations.of("batches")
    let free = imbalance.filter { $0.text("features") == "free" }
    let rectified = imbalance.filter { $0.text("features") == "not negative" }
    var conclusions = ExperimentConclusions()
    conclusions.facts = [
      ("Classes", "\(classCount)"), ("Dimension", "\(dimension)"),
      ("Temperature", "\(temperature)"), ("Solutions found", "\(observations.count)"),
    ]
    conclusions.claims = [
      simplexClaim(free), programClaim(free), asymmetryClaim(free), dimensionClaim(landscape),
      reluClaim(rectified), batchClaim(batches),
    ]
    conclusions.tables = [
      free.summary(
        by: ["R"],
        of: [
          "loss", "predicted_loss", "majority", "predicted_majority", "minority",
          "predicted_minority", "cross", "predicted_cross",
        ], name: "imbalance-free",
        caption: "Free features: loss and cosines by imbalance, mean and 95 % interval over starts"),
      rectified.summary(
        by: ["R"],
        of: [
          "loss", "predicted_loss", "majority", "predicted_majority", "minority",
          "predicted_minority", "cross", "predicted_cross", "largest_cosine",
        ], name: "imbalance-relu",
        caption: "Features that may not be negative, mean and 95 % interval over starts"),
    ]
    conclusions.figures = [
      ratioFigure(imbalance), dimensionFigure(landscape), histogramFigure(landscape),
      batchFigure(batches),
    ]
    conclusions.definitions =
      [
        .init("R", "Samples of a larger class over those of a smaller."),
        .init(
          "gram_distance",
          "The largest distance of a product of two features from 1 within a class and from 0 between.",
          formula: "max |u_i·u_j − 1[y_i = y_j]|"),
      ] + LaboratoryReport.Definition.ofChains
    return conclusions
  }

  private func simplexClaim(_ free: [Observation]) -> TestedClaim {
    TestedClaim(
      "simplex", .behnia, "Classes of one size are a simplex.",
      test: "R = 1, every start: each of the three mean cosines within 1e−3 of −1/(K−1).",
      checks: free.filter { $0.number("R") == 1 }.groups(by: "R").map { group in
        let ideal = -1 / Double(classCount - 1)
        return PredictionCheck(
          group.setting("R"), measured: group.values("majority"), predicted: ideal,
          deviation: ["majority", "minority", "cross"].map { name in
            group.values(name).map { abs($0 - ideal) }.largest
          }.largest, tolerance: 1e-3)
      }, of: "cosine", deviation: "largest deviation",
      caption: "Cosines of classes of one size, mean and 95 % interval over starts")
  }

  private func programClaim(_ free: [Observation]) -> TestedClaim {
    TestedClaim(
      "step-imbalance", .behnia,
      "With classes of two sizes the optimum is one geometry of three cosines, which a convex program "
        + "gives.",
      test: "Every start: the loss within a relative 1e−6 and each mean cosine within 5e−3 of the "
        + "program's.",
      checks: free.groups(by: "R").map { group in
        let loss = group.map { abs($0["loss"] / $0["predicted_loss"] - 1) }.largest
        let cosines = ["majority", "minority", "cross"].map { name in
          group.map { abs($0[name] - $0["predicted_\(name)"]) }.largest
        }.largest
        return PredictionCheck(
          group.setting("R"), measured: group.values("minority"),
          predicted: group[0]["predicted_minority"], deviation: max(5e3 * loss, cosines),
          tolerance: 5e-3)
      }, of: "cosine between smaller classes", deviation: "largest deviation",
      caption: "Cosines between smaller classes, mean and 95 % interval over starts")
  }

  private func asymmetryClaim(_ free: [Observation]) -> TestedClaim {
    let uneven = free.filter { $0.number("R") > 1 }
    return TestedClaim(
      "asymmetry", .behnia,
      "Smaller classes move towards each other: their cosines are larger than those of larger classes.",
      test:
        "R ≥ 2: the 95 % interval over starts of the difference, larger less smaller classes, lies "
        + "below zero.",
      checks: uneven.groups(by: "R").map { group in
        let differences = group.map { $0["majority"] - $0["minority"] }
        let interval = SeedInterval(differences)
        let top = (interval?.mean ?? .nan) + (interval?.halfWidth ?? .nan)
        return PredictionCheck(
          group.setting("R"), measured: differences,
          predicted: group[0]["predicted_majority"] - group[0]["predicted_minority"],
          deviation: top, tolerance: -1e-6)
      }, of: "difference", deviation: "top of the interval",
      caption: "Cosines between larger classes less those between smaller")
  }

  private func dimensionClaim(_ landscape: [Observation]) -> TestedClaim {
    let classes = Double(landscapeClasses)
    let few = landscape.filter { $0.number("d") < classes - 1 }
    let worse = few.count { $0["loss"] > $0["predicted_loss"] + 1e-4 }
    return TestedClaim(
      "benign-landscape", .behnia,
      "In more dimensions than classes every local minimum is global (as we read the paper).",
      test:
        "d > K: the largest loss over starts less the closed form, at most 1e−4. Fewer dimensions are "
        + "the control.",
      checks: landscape.filter { $0.number("d") > classes }.groups(by: "d").map { group in
        PredictionCheck(
          group.setting("d"), measured: group.values("loss"),
          predicted: group[0]["predicted_loss"], tolerance: 1e-4)
      }, of: "loss", deviation: "largest deviation",
      caption: "Loss by dimension, mean and 95 % interval over starts",
      remark: few.isEmpty
        ? "" : "With d < K−1 \(worse) of \(few.count) starts end above a simplex's loss.")
  }

  private func reluClaim(_ rectified: [Observation]) -> TestedClaim {
    let optimal = rectified.filter { $0["loss"] <= $0["predicted_loss"] * (1 + 1e-6) }
    return TestedClaim(
      "relu", .kini,
      "Features that may not be negative are an orthogonal frame, whatever the sizes of the classes.",
      test:
        "Every start that reached the least loss of the closed form: the largest |cosine| at most 1e−3; "
        + "and none ends below it by more than a relative 1e−6.",
      checks: rectified.groups(by: "R").map { group in
        let reached = group.filter { $0["loss"] <= $0["predicted_loss"] * (1 + 1e-6) }
        let below = group.contains { $0["loss"] < $0["predicted_loss"] * (1 - 1e-6) }
        return PredictionCheck(
          group.setting("R"), measured: reached.values("largest_cosine"), predicted: 0,
          deviation: below || reached.isEmpty
            ? .infinity : reached.values("largest_cosine").largest, tolerance: 1e-3)
      }, of: "largest |cosine|", deviation: "largest",
      caption: "Cosines of features that may not be negative",
      remark:
        "\(rectified.count - optimal.count) of \(rectified.count) starts ended above it, at minima "
        + "that a ReLU makes, and are left out.")
  }

  private func batchClaim(_ batches: [Observation]) -> TestedClaim {
    let optimal = batches.filter { $0["loss"] <= $0["least_loss"] * (1 + 1e-6) }
    return TestedClaim(
      "binding", .kini,
      "Fixed batches lead to the same frame only where all classes meet and the samples of each hang "
        + "together; one sample of every class in all batches is enough.",
      test:
        "Every start that reached the least loss of its batches: the largest distance of a product of "
        + "two features from the frame's is at most 1e−2 where batches connect, and above 1e−1 where "
        + "they do not.",
      checks: optimal.groups(by: "scheme").map { group in
        let distances = group.values("gram_distance")
        let connects = group[0]["connects"] == 1
        return PredictionCheck(
          group.setting("scheme"), measured: distances, predicted: connects ? 0 : nil,
          deviation: connects ? distances.largest : 1e-3 / (distances.min() ?? 0),
          tolerance: 1e-2)
      }, of: "distance", deviation: "largest, or 1e−3 over the least",
      caption: "Distance from the orthogonal frame by the batches",
      remark:
        "\(batches.count - optimal.count) of \(batches.count) starts ended above the least loss of "
        + "their batches, at minima that a ReLU makes, and are left out.")
  }
}
