import CollapseCore
import Laboratory
import LibC
import Reporting

/// Gradient descent from a random start: where it ends, and of the main part also the way there.
extension LowRankExperiment {
  /// What is kept of the way of a descent: so many losses, evenly over the logarithm of steps.
  private static let keptLosses = 100

  func observe(_ task: DescentTask, _ interruption: Interruption) throws -> [Observation] {
    let chain = chain(
      depth, classCount, width: task.width, decay: task.decay, perClass: task.perClass)
    let objective = try ChainObjective(chain)
    let descent = HeavyBall(learningRate: 0.5, momentum: 0, steps: task.steps)
    var way: [(step: Int, loss: Double)] = []
    let minimum = try descent.minimize(
      objective, from: chain.networkStart(seed: task.seed), interruption: interruption
    ) { step, _, loss in
      let share = log(Double(step)) / log(Double(max(2, task.steps))) * Double(Self.keptLosses)
      guard Int(share) >= way.count || way.isEmpty else { return }
      way.append((step, loss))
    }
    let collapse = loss(chain, spread: Double(classCount))
    let setting: KeyValuePairs<String, Condition.Value> = [
      "λ": .number(task.decay), "width": .number(Double(task.width)),
      "seed": .number(Double(task.seed)),
    ]
    guard minimum.value.isFinite else {
      return [Observation(task.part, setting, ["loss": nil, "collapse_loss": collapse])]
    }
    way.append((minimum.steps, minimum.value))
    let state = objective.state(at: minimum.point)
    let layers = try Observation(task.part, setting, [:]).layers(
      of: state, as: "\(task.part)-layers", from: 2)
    let ranks = layers.values("rank")
    // Of a chain of four layers the third: where low rank shows as angles.
    let middle = layers[min(3, depth) - 2]
    let found = Observation(
      task.part, setting,
      [
        "loss": minimum.value, "collapse_loss": collapse, "ratio": minimum.value / collapse,
        "rank": ranks.reduce(0, +) / Double(ranks.count), "last_rank": ranks.last,
        "nc1": task.perClass > 1 ? layers.values("nc1").largest : nil,
        "cosine": middle["cosine"], "cosine_deviation": middle["cosine_deviation"],
        "balance": state.imbalance, "gradient": minimum.gradientNorm,
      ])
    guard task.part == "descent" else { return [found] + layers }
    return [found] + layers
      + GroupNorms.observe(found, state, predicted: nil, as: "descent-groups")
      + way.map { found.detail("way", at: ["step": .number(Double($0.step))], [("loss", $0.loss)]) }
      + (try spectra(of: state, found)) + (try angles(of: state, found))
  }

  /// The singular values of the class means of M₂ … M_L, not centred and before a ReLU.
  private func spectra(of state: ChainState, _ found: Observation) throws -> [Observation] {
    try (2...depth).flatMap { layer in
      try state.singularValues(ofLayer: layer).prefix(classCount).enumerated().map { index, value in
        found.detail(
          "spectra",
          at: ["layer": .number(Double(layer)), "index": .number(Double(index + 1))],
          [("value", value)])
      }
    }
  }

  /// The cosines between all class means of M₃, before its ReLU and after it.
  private func angles(of state: ChainState, _ found: Observation) throws -> [Observation] {
    let layer = min(3, depth)
    let before = try state.frame(ofLayer: layer).cosineMatrix
    let after = state.geometry(enteringLayer: layer).cosineMatrix
    return (0..<classCount).flatMap { first in
      (0..<classCount).map { second in
        found.detail(
          "angles",
          at: ["class": .number(Double(first)), "other": .number(Double(second))],
          [("before", before[first, second]), ("after", after[first, second])])
      }
    }
  }
}
