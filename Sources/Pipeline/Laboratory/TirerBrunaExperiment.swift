import CollapseCore
import Laboratory
import LibC
import Predictions
import Reporting

/// Features under the squared error, with a bias of any decay and with a second layer.
struct TirerBrunaExperiment: Experiment {
  static let kind = "tirer-bruna-2022"
  static let summary =
    "features under the squared error: frames and simplices, thresholds, and a second layer"
  static let version = "3"

  var classCount = 4
  var perClass = 5
  var dimension = 8
  var strengths = [0.02, 0.1, 0.3, 0.6, 0.9, 1.1]
  var biasDecays = [0, 0.5, 0.8, 1, 1.25, 2, 5]
  var thresholdShares = [0.01, 0.1, 0.5]
  var seeds = 5
  var deepSeeds = 20
  var steps = 20_000

  static var standard: TirerBrunaExperiment { TirerBrunaExperiment() }

  static var fields: [Field<TirerBrunaExperiment>] {
    [
      Field("classCount", \.classCount, "K, the number of classes.", range: .atLeast(2)),
      Field("perClass", \.perClass, "n, samples of each class.", range: .atLeast(1)),
      Field("dimension", \.dimension, "d, the dimension of features.", range: .atLeast(2)),
      Field(
        "strengths", \.strengths, "Values of c = K√(nλ_Wλ_H); at 1 features vanish.",
        range: .positive),
      Field(
        "biasDecays", \.biasDecays,
        "Decays of the bias as multiples of λ_b* = c/(1−c), beside no bias.", range: .notNegative),
      Field(
        "thresholdShares", \.thresholdShares,
        "For two layers, P = nλ_HΠλ_l as shares of the P* at which zero becomes the optimum.",
        range: .positive),
      Field("seeds", \.seeds, "Starts of every setting with one layer.", range: .atLeast(1)),
      Field("deepSeeds", \.deepSeeds, "Starts of every setting with two.", range: .atLeast(1)),
      Field("steps", \.steps, "The most steps of a descent.", range: .atLeast(1)),
    ]
  }

  func settle(_ stated: StatedFields) throws(ConfigurationFault) {
    guard dimension >= classCount else {
      throw stated.fault(
        "dimension", "expected at least classCount, which is \(classCount), found \(dimension)")
    }
  }

  // MARK: - What is observed

  private func decays(_ strength: Double) -> (weight: Double, feature: Double) {
    // λ_W = 5λ_H, as in the paper's experiments.
    let feature = strength / Double(classCount) / (5 * Double(perClass)).squareRoot()
    return (5 * feature, feature)
  }

  func model(_ strength: Double, _ bias: SquaredErrorFeatures.Bias) -> SquaredErrorFeatures {
    let (weight, feature) = decays(strength)
    return SquaredErrorFeatures(
      classCount: classCount, perClass: perClass, weightDecay: weight, featureDecay: feature,
      bias: bias)
  }

  private struct BiasTask {
    var strength: Double
    /// A multiple of λ_b*; `nil` for no bias.
    var multiple: Double?
    var seed: UInt64
  }

  private struct DeepTask {
    var activation: FeatureChain.Activation
    var share: Double
    var seed: UInt64
  }

  var parts: [ExperimentPart] {
    let biasTasks = strengths.flatMap { strength in
      // From c = 1 on λ_b* is infinite: every bias is a cheap one.
      ([nil] + (strength < 1 ? biasDecays : [0])).flatMap { multiple in
        (1...seeds).map { BiasTask(strength: strength, multiple: multiple, seed: UInt64($0)) }
      }
    }
    let deepTasks = [FeatureChain.Activation.identity, .relu].flatMap { activation in
      thresholdShares.flatMap { share in
        (1...deepSeeds).map { DeepTask(activation: activation, share: share, seed: UInt64($0)) }
      }
    }
    return [
      ExperimentPart("bias", "one layer, a bias of any decay", over: biasTasks, observe: observe),
      ExperimentPart("depth", "two layers from random starts", over: deepTasks, observe: observe),
      ExperimentPart(
        "continuation", "two layers, the collapsed minimum followed while decays grow",
        over: [FeatureChain.Activation.identity, .relu].flatMap { activation in
          BranchObservation.seeds.map { (activation, $0) }
        }, observe: follow),
    ]
  }

  private func observe(_ task: BiasTask, _ interruption: Interruption) throws -> [Observation] {
    let threshold = model(task.strength, .none).biasDecayThreshold
    let decay = task.multiple.map { $0 == 0 ? 0 : $0 * threshold }
    let predicted = model(task.strength, decay.map { .decay($0) } ?? .none)
    let chain = FeatureChain(
      classCounts: Array(repeating: perClass, count: classCount), widths: [dimension],
      featureDecay: predicted.featureDecay, weightDecays: [predicted.weightDecay],
      biasDecay: decay)
    let solution = try ChainSolution(chain, seed: task.seed, steps: steps, interruption)
    let geometry = solution.state.geometry(enteringLayer: 1)
    let hasAngles = !solution.isTrivial
    let found = Observation(
      "bias",
      [
        "c": .number(task.strength),
        "bias": .word(task.multiple.map { $0.shortestText } ?? "none"),
        "seed": .number(Double(task.seed)),
      ],
      [
        "bias_decay": decay, "loss": solution.minimum.value, "predicted_loss": predicted.loss,
        "cosine": hasAngles ? geometry.meanCosine : nil,
        "predicted_cosine": predicted.meanCosine,
        "cosine_deviation": predicted.meanCosine.map { geometry.cosineDistance(from: $0) },
        "norm_spread": hasAngles ? geometry.normSpread : nil,
        "nc1": hasAngles ? geometry.variability : nil,
        "duality": hasAngles
          ? solution.state.dualityDistance(factor: predicted.dualityFactor) : nil,
        "bias_value": solution.state.bias.map { $0.reduce(0, +) / Double(classCount) },
        "predicted_bias_value": predicted.biasValue, "feature_norm": solution.featureNorm,
        "balance": decay == nil ? solution.state.imbalance : nil,
        "gradient": solution.minimum.gradientNorm, "steps": Double(solution.minimum.steps),
      ])
    return [found]
      + GroupNorms.observe(
        found, solution.state, predicted: predicted.groupPenalty, as: "bias-groups")
  }

  private func observe(_ task: DeepTask, _ interruption: Interruption) throws -> [Observation] {
    let predicted = DeepFeatures(
      depth: 2, classCount: classCount, shareOfThreshold: task.share)
    let chain = FeatureChain.balanced(
      classCount: classCount, perClass: perClass, width: dimension, depth: 2,
      activation: task.activation, decayProduct: predicted.decayProduct)
    let solution = try ChainSolution(chain, seed: task.seed, steps: steps, interruption)
    let rung = LadderRung(solution.minimum.value, of: predicted, classCount: classCount)
    let hidden = solution.state.geometry(enteringLayer: 2)
    let isOnTop = rung.learned == classCount && rung.distance < 1e-4
    let found = Observation(
      "depth",
      [
        "activation": .word(task.activation.rawValue), "P/P*": .number(task.share),
        "seed": .number(Double(task.seed)),
      ],
      [
        "loss": solution.minimum.value, "predicted_loss": predicted.loss,
        "rung": Double(rung.learned), "rung_distance": rung.distance,
        "split_loss": task.activation == .relu ? solution.state.splitLoss() : nil,
        "cosine_deviation": rung.learned == classCount
          ? hidden.cosineDistance(from: 0) : nil,
        "nc1": solution.isTrivial ? nil : hidden.variability,
        "balance": solution.state.imbalance, "gradient": solution.minimum.gradientNorm,
        "steps": Double(solution.minimum.steps),
      ])
    return [found] + (isOnTop ? try found.layers(of: solution.state, as: "depth-layers") : [])
      + GroupNorms.observe(
        found, solution.state, predicted: isOnTop ? predicted.groupPenalty : nil,
        as: "depth-groups")
  }

  private func follow(
    _ task: (activation: FeatureChain.Activation, seed: UInt64), _ interruption: Interruption
  ) throws -> [Observation] {
    try BranchObservation.follow(
      part: "continuation", depth: 2, classCount: classCount, perClass: perClass,
      width: dimension, activation: task.activation, seed: task.seed, steps: steps, interruption)
  }
}
