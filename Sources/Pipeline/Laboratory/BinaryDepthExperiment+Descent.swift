import CollapseCore
import Laboratory
import LibC
import Predictions
import Reporting

/// Gradient descent towards collapse, watched layer by layer.
extension BinaryDepthExperiment {
  /// Without momentum, with which what a ReLU cuts off swings through zero.
  private static let learningRate = 0.2

  private func predicted(_ depth: Int) -> DeepFeatures {
    DeepFeatures(depth: depth, classCount: 2, shareOfThreshold: 0.05)
  }

  private func rate(_ depth: Int) -> CollapseRate {
    CollapseRate(
      learningRate: Self.learningRate, momentum: 0,
      featureDecay: chain(predicted(depth)).featureDecay)
  }

  /// From half way between a random start and collapse, twice as long as features take to collapse to
  /// 1e−12.
  func descend(_ depth: Int, _ interruption: Interruption) throws -> [Observation] {
    let chain = chain(predicted(depth))
    guard let collapsed = chain.collapsedConstruction() else { return [] }
    let descent = HeavyBall(
      learningRate: Self.learningRate, momentum: 0,
      steps: Int(2 * rate(depth).steps(to: 1e-12)))
    let objective = try ChainObjective(chain)
    var found: [Observation] = []
    _ = try descent.minimize(
      objective, from: zip(collapsed, chain.start(seed: 1)).map { 0.5 * ($0 + $1) },
      interruption: interruption
    ) { step, point, _ in
      guard step.isMultiple(of: max(1, descent.steps / 80)) else { return }
      let place = Observation(
        "descent", ["L": .number(Double(depth)), "step": .number(Double(step))], [:])
      found += try place.layers(
        of: objective.state(at: point), as: "descent", measures: [.variability])
    }
    return found
  }

  func descentFigure(_ descent: [Observation]) -> LaboratoryFigure {
    LaboratoryFigure(
      name: "variability-step", title: "Collapse layer by layer",
      caption:
        "Gradient descent at a rate of \(Self.learningRate), P/P* = 0.05, from half way between a random "
        + "start and collapse. The broken line has the slope that is predicted of the "
        + "features: what lies within classes has no gradient left but that of its decay.",
      x: .init("step"), y: .init("NC1", logarithmic: true),
      panels: descent.groups(by: "L").map { panel in
        .init(
          title: "\(panel[0].text("L")) layers",
          series: panel.groups(by: "layer").enumerated().map { index, layer in
            .init(
              index == 0 ? "features" : "layer \(layer[0].text("layer"))", .curve, colour: index,
              points: layer.map { .init(x: $0.number("step"), y: max($0["nc1"], 1e-32)) })
          } + [rateLine(panel)])
      })
  }

  /// Through the features in the middle of a descent, with the slope that is predicted of them.
  private func rateLine(_ descent: [Observation]) -> LaboratoryFigure.Series {
    let features = descent.filter { $0.number("layer") == 1 && $0["nc1"] > 1e-24 }
    guard let last = features.last else {
      return .init("slope", .line, colour: 5, points: [])
    }
    let middle = features[features.count / 2]
    let rate = rate(Int(middle.number("L"))).variabilityRate
    return .init(
      "slope", .line, colour: 5,
      points: [features[0], last].map { end in
        .init(
          x: end.number("step"),
          y: middle["nc1"] * exp(rate * (middle.number("step") - end.number("step"))))
      })
  }
}
