import CollapseCore
import Laboratory
import Predictions
import Reporting

/// Many classes under chains with ReLUs: low rank against collapse.
struct LowRankExperiment: Experiment {
  static let kind = "sukenik-2024"
  static let summary = "many classes and layers: solutions of low rank that cost less than collapse"
  static let version = "2"

  var classCount = 10
  var depth = 4
  var width = 30
  var decay = 0.004
  var perClass = 5
  var seeds = 20
  var steps = 20_000
  var trendSeeds = 5
  var decays = [0.0005, 0.001, 0.002, 0.004, 0.008, 0.0135]
  var trendSteps = 10_000
  var widths = [12, 20, 30, 60, 100]
  var gridDepths = [2, 3, 4, 5]
  var gridClasses = [2, 3, 4, 6, 10]
  var gridStarts = 10

  static var standard: LowRankExperiment { LowRankExperiment() }

  static var fields: [Field<LowRankExperiment>] {
    [
      Field("classCount", \.classCount, "K, the number of classes.", range: .atLeast(2)),
      Field("depth", \.depth, "L, the number of layers.", range: .closed(2...12)),
      Field("width", \.width, "The width of every layer.", range: .atLeast(2)),
      Field("decay", \.decay, "λ of the features and of every layer.", range: .positive),
      Field("perClass", \.perClass, "n, samples of each class.", range: .atLeast(1)),
      Field("seeds", \.seeds, "Starts of gradient descent.", range: .atLeast(1)),
      Field("steps", \.steps, "Steps of gradient descent, at a rate of 0.5.", range: .atLeast(1)),
      Field(
        "trendSeeds", \.trendSeeds, "Starts at every decay and every width, one sample a class.",
        range: .atLeast(2)),
      Field("decays", \.decays, "Values of λ for the trend of the rank.", range: .positive),
      Field(
        "trendSteps", \.trendSteps,
        "Steps at λ = 0.004 and above, and in proportion to 1/λ below.", range: .atLeast(1)),
      Field("widths", \.widths, "Widths for the share below collapse.", range: .atLeast(2)),
      Field("gridDepths", \.gridDepths, "Values of L for the search.", range: .closed(2...12)),
      Field("gridClasses", \.gridClasses, "Values of K for the search.", range: .atLeast(2)),
      Field(
        "gridStarts", \.gridStarts, "Random starts of the search, beside the constructions.",
        range: .atLeast(1)),
    ]
  }

  func settle(_ stated: StatedFields) throws(ConfigurationFault) {
    guard decays.count >= 3 else {
      throw stated.fault("decays", "a trend needs at least three, found \(decays.count)")
    }
  }

  // MARK: - What is observed

  struct Construction: Sendable {
    var construction: LowRankFeatures.Construction
    var rank: Int
    var depth: Int
    var decay: Double
    var perClass: Int
  }

  struct DescentTask {
    var part: String
    var width: Int
    var decay: Double
    var perClass: Int
    var steps: Int
    var seed: UInt64
  }

  private struct SearchTask {
    var depth: Int
    var classCount: Int
  }

  private static let constructions: [Construction] =
    [3, 4, 5].flatMap { depth in
      [4, 5, 6].flatMap { rank in
        LowRankFeatures.Construction.allCases
          .filter { rank >= ($0 == .triangles ? 5 : 4) }
          .flatMap { construction in
            [1, 10].map { n in
              Construction(
                construction: construction, rank: rank, depth: depth,
                decay: rank == 6 ? 0.002 : 0.004, perClass: n)
            }
          }
      }
    }

  var parts: [ExperimentPart] {
    let descents = (1...seeds).map { seed in
      DescentTask(
        part: "descent", width: width, decay: decay, perClass: perClass, steps: steps,
        seed: UInt64(seed))
    }
    let trend = decays.flatMap { decay in
      (1...trendSeeds).map { seed in
        DescentTask(
          part: "decay", width: width, decay: decay, perClass: 1,
          steps: Int(Double(trendSteps) * max(1, 0.004 / decay)), seed: UInt64(seed))
      }
    }
    let wide = widths.flatMap { width in
      (1...trendSeeds).map { seed in
        DescentTask(
          part: "width", width: width, decay: decay, perClass: 1, steps: trendSteps,
          seed: UInt64(seed))
      }
    }
    return [
      ExperimentPart(
        "constructions", "explicit configurations of low rank, nothing trained",
        over: Self.constructions, observe: observe),
      ExperimentPart(
        "descent", "gradient descent from random starts", over: descents, observe: observe),
      ExperimentPart("decay", "gradient descent by decay", over: trend, observe: observe),
      ExperimentPart("width", "gradient descent by width", over: wide, observe: observe),
      ExperimentPart(
        "search", "the best of many starts by depth and number of classes",
        over: gridDepths.flatMap { depth in
          gridClasses.map { SearchTask(depth: depth, classCount: $0) }
        }, observe: search),
    ]
  }

  func chain(
    _ depth: Int, _ classCount: Int, width: Int, decay: Double, perClass: Int
  ) -> FeatureChain {
    FeatureChain(
      classCounts: Array(repeating: perClass, count: classCount),
      widths: Array(repeating: width, count: depth), activation: .relu, featureDecay: decay,
      weightDecays: Array(repeating: decay, count: depth))
  }

  /// The loss of a configuration of spread κ.
  func loss(_ chain: FeatureChain, spread: Double) -> Double {
    let product = chain.weightDecays.reduce(
      Double(chain.classCounts[0]) * chain.featureDecay, *)
    return DeepFeatures(depth: chain.depth, decayProduct: product, spread: spread).loss
  }

  private func observe(_ item: Construction, _ interruption: Interruption) throws -> [Observation] {
    let low = LowRankFeatures(item.construction, rank: item.rank, depth: item.depth)
    let chain = chain(
      item.depth, low.classCount, width: max(24, low.classCount), decay: item.decay,
      perClass: item.perClass)
    guard let point = try chain.lowRankConstruction(item.construction, rank: item.rank),
      let collapsed = chain.collapsedConstruction()
    else { return [] }
    let objective = try ChainObjective(chain)
    var gradient = [Double](repeating: 0, count: objective.dimension)
    return [
      Observation(
        "constructions",
        [
          "construction": .word(item.construction.rawValue), "L": .number(Double(item.depth)),
          "K": .number(Double(low.classCount)), "r": .number(Double(item.rank)),
          "n": .number(Double(item.perClass)), "λ": .number(item.decay),
        ],
        [
          "loss": objective.value(at: point, gradient: &gradient),
          "predicted_loss": loss(chain, spread: low.spread),
          "collapse_loss": objective.value(at: collapsed, gradient: &gradient),
          "predicted_collapse_loss": loss(chain, spread: Double(low.classCount)),
          "spread_ratio": low.spread / Double(low.classCount),
        ])
    ]
  }

  private func search(_ task: SearchTask, _ interruption: Interruption) throws -> [Observation] {
    let width = max(12, 2 * task.classCount)
    let chain = chain(task.depth, task.classCount, width: width, decay: decay, perClass: 1)
    var starts = (1...gridStarts).map { chain.start(seed: UInt64($0)) }
    // r with r(r−1)/2 classes, where there is one and a construction for it.
    if task.depth >= 3, let rank = (4...16).first(where: { $0 * ($0 - 1) / 2 == task.classCount }) {
      for construction in LowRankFeatures.Construction.allCases
      where construction != .triangles || rank >= 5 {
        if let start = try chain.lowRankConstruction(construction, rank: rank) {
          starts.append(start)
        }
      }
    }
    let objective = try ChainObjective(chain)
    let solver = LimitedMemoryBFGS(maximalSteps: 4000, gradientTolerance: 1e-9)
    let collapse = loss(chain, spread: Double(task.classCount))
    let losses = try starts.map {
      try solver.minimize(objective, from: $0, interruption: interruption).value
    }
    let found = Observation(
      "search",
      ["L": .number(Double(task.depth)), "K": .number(Double(task.classCount))],
      [
        "best_loss": losses.min(), "best_random_loss": losses.prefix(gridStarts).min(),
        "collapse_loss": collapse, "ratio": (losses.min() ?? .nan) / collapse,
        "starts": Double(losses.count),
      ])
    return [found]
      + losses.enumerated().map { index, loss in
        found.detail(
          "search-starts",
          at: [
            "start": .word(index < gridStarts ? "random" : "construction"),
            "number": .number(Double(index + 1)),
          ], [("loss", loss), ("ratio", loss / collapse)])
      }
  }
}
