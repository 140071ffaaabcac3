import CollapseCore
import Networks

/// The Hessian where training begins: its bounds by layers, how it grows with the scale of weights, and
/// what it means for the first steps.
struct InitializationExperiment: Experiment {
  static let kind = "skorski-2020-initialization"
  static let summary =
    "the norm of the Hessian by the scale of the first weights, and how training goes on"
  static let version = "1"

  var perClass = 20
  var width = 32
  var depths = [2, 3, 4, 6]
  var scales = [0.01, 0.03, 0.1, 0.3, 1, 3]
  var initializations = Initialization.Kind.allCases
  var firstScales = [1e-4, 1e-3, 1e-2, 1e-1, 1, 10]
  var descentScales = [0.03, 0.1, 0.3, 1, 1.5, 2, 3, 5]
  var rates = [0.01, 0.03, 0.1, 0.3]
  var targetLoss = 0.5
  var steps = 300
  var seeds = 3

  static var standard: InitializationExperiment { InitializationExperiment() }

  static var fields: [Field<InitializationExperiment>] {
    [
      Field("perClass", \.perClass, "Images of each of ten classes.", range: .atLeast(1)),
      Field("width", \.width, "The width of hidden layers.", range: .atLeast(1)),
      Field("depths", \.depths, "Values of L, the layers with weights.", range: .closed(2...12)),
      Field("scales", \.scales, "Factors s on all weights.", range: .positive),
      Field("initializations", \.initializations, "Distributions of the first weights."),
      Field(
        "firstScales", \.firstScales, "Factors on the weights of the first layer alone.",
        range: .positive),
      Field(
        "descentScales", \.descentScales, "Factors on all weights where descent begins.",
        range: .positive),
      Field("rates", \.rates, "Learning rates of descent.", range: .positive),
      Field(
        "targetLoss", \.targetLoss, "The loss by which descents are compared.", range: .positive),
      Field("steps", \.steps, "Steps of full-batch descent.", range: .atLeast(60)),
      Field("seeds", \.seeds, "Networks and draws of images.", range: .atLeast(1)),
    ]
  }

  /// Scales up to which the laws for small ones are asked for.
  static let smallScale = 0.1
  static let classCount = 10
  /// Descent is looked at so often.
  static let interval = 20

  struct Task: Sendable {
    var initialization = Initialization.Kind.he
    var depth = 3
    var scale = 1.0
    /// A factor more on the first layer.
    var firstScale = 1.0
    var rate = 0.0
    var seed: UInt64
  }

  private func forSeeds(_ tasks: [Task]) -> [Task] {
    tasks.flatMap { task in
      (1...seeds).map { seed in
        var task = task
        task.seed = UInt64(seed)
        return task
      }
    }
  }

  var parts: [ExperimentPart] {
    let settings = initializations.flatMap { initialization in
      depths.map { Task(initialization: initialization, depth: $0, seed: 0) }
    }
    let scaled = settings.flatMap { task in
      scales.map { scale in
        var task = task
        task.scale = scale
        return task
      }
    }
    let descents = descentScales.flatMap { scale in
      rates.map { Task(scale: scale, rate: $0, seed: 0) }
    }
    return [
      ExperimentPart(
        "scales", "eigenvalues by the scale of all weights", over: forSeeds(scaled),
        observe: takeEigenvalues),
      ExperimentPart(
        "blocks", "blocks of layers and their bounds", over: forSeeds(settings),
        observe: boundBlocks),
      ExperimentPart(
        "first-layer", "blocks by the scale of the first layer",
        over: forSeeds(firstScales.map { Task(firstScale: $0, seed: 0) }), observe: scaleFirst),
      ExperimentPart(
        "descent", "descent from weights of several scales", over: forSeeds(descents),
        observe: descend),
    ]
  }
}
