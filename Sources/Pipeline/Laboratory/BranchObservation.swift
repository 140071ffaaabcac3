import CollapseCore
import Laboratory
import Predictions
import Reporting

/// The collapsed minimum of a chain, followed while decays grow beyond the point where zero is better,
/// to where it ends.
enum BranchObservation {
  /// Shares of the P at the fold.
  private static let shares = [0.3, 0.45, 0.6, 0.7, 0.8, 0.88, 0.94, 0.97, 1.03, 1.06]

  /// Of the points near collapse from which a branch is found.
  static let seeds: [UInt64] = [1, 2, 3]

  static func follow(
    part: String, depth: Int, classCount: Int, perClass: Int, width: Int,
    activation: FeatureChain.Activation, seed: UInt64, steps: Int, _ interruption: Interruption
  ) throws -> [Observation] {
    let fold = DeepFeatures.fold(depth: depth, spread: Double(classCount))
    let chain = FeatureChain.balanced(
      classCount: classCount, perClass: perClass, width: max(width, classCount), depth: depth,
      activation: activation, decayProduct: fold * shares[0])
    guard let collapsed = chain.collapsedConstruction() else { return [] }
    let start = zip(collapsed, chain.start(seed: seed)).map { $0 + 0.02 * $1 }
    // At the end of a branch the gradient is small before anything is seen to move.
    let solver = LimitedMemoryBFGS(maximalSteps: steps, gradientTolerance: 1e-12)
    let places = try Continuation.follow(
      chain, from: start, factors: shares.map { $0 / shares[0] }, solver: solver,
      interruption: interruption)
    return zip(shares, places).map { share, place in
      let predicted = DeepFeatures(
        depth: depth, decayProduct: fold * share, spread: Double(classCount))
      return Observation(
        part,
        [
          "activation": .word(activation.rawValue), "L": .number(Double(depth)),
          "P/P_f": .number(share), "seed": .number(Double(seed)),
        ],
        [
          "P/P*": fold * share / predicted.threshold, "loss": place.minimum.value,
          "predicted_loss": predicted.localLoss, "gradient": place.minimum.gradientNorm,
        ])
    }
  }

  static func claim(_ observations: [Observation], paper: Paper) -> TestedClaim {
    TestedClaim(
      "fold", paper,
      "Beyond P* collapse is no longer the best, but stays a local minimum up to a fold "
        + "(derived here).",
      test:
        "Followed while P grows, the loss is the closed form's to 1e−6 up to 0.97 of the fold, and ½, "
        + "that of zero, from 1.03 on.",
      checks: observations.groups(by: "activation", "L").map { group in
        let deviation = group.map { observation in
          abs(
            observation["loss"]
              - (observation.number("P/P_f") < 1 ? observation["predicted_loss"] : 0.5))
        }.largest
        let last = group.filter { $0.number("P/P_f") == 0.97 }
        return PredictionCheck(
          group.setting("activation", "L"),
          measured: last.values("loss"), predicted: last.first?["predicted_loss"],
          deviation: deviation, tolerance: 1e-6)
      }, of: "loss at 0.97 of the fold", deviation: "largest deviation",
      caption: "The branch of collapse at its end")
  }

  static func figure(_ observations: [Observation]) -> LaboratoryFigure {
    LaboratoryFigure(
      name: "branch", title: "The branch of collapse through its threshold",
      caption:
        "The loss of the collapsed minimum while decays grow: above ½ zero is better, at the fold "
        + "the minimum is gone.",
      x: .init("P/P*"), y: .init("loss"),
      panels: observations.groups(by: "L").map { group in
        .init(
          title: "\(group[0].text("L")) layers",
          series: [
            .init(
              "predicted", .line, colour: 0,
              points: group.groups(by: "P/P_f").map(\.[0]).filter { $0.number("P/P_f") < 1 }.map {
                .init(x: $0["P/P*"], y: $0["predicted_loss"])
              })
          ]
            + group.groups(by: "activation").enumerated().map { index, items in
              .init(
                items[0].text("activation"), .points, colour: index + 1,
                points: items.map { .init(x: $0["P/P*"], y: $0["loss"]) })
            } + marks(group))
      })
  }

  /// Lines at the threshold, where zero becomes better, and at the fold.
  private static func marks(_ group: [Observation]) -> [LaboratoryFigure.Series] {
    let losses = group.values("loss")
    guard let first = group.first, let low = losses.min(), let high = losses.max() else {
      return []
    }
    let fold = first["P/P*"] / first.number("P/P_f")
    return [("P*", 1, 3), ("P_f", fold, 4)].map { label, place, colour in
      .init(label, .line, colour: colour, points: [low, high].map { .init(x: place, y: $0) })
    }
  }
}
