import CollapseCore
import Datasets
import Laboratory
import LibC
import LinearAlgebra
import Predictions

/// Features that starve others, and spectral decoupling against it.
struct StarvationExperiment: Experiment {
  static let kind = "pezeshki-2020-starvation"
  static let summary =
    "gradient starvation: a feature that suffices keeps others from being learned"
  static let version = "1"

  var strengths = [2.0, 3, 4, 5, 6]
  var responseDecay = 0.01
  var responsePenalty = 0.002
  var pointCount = 300
  var testPointCount = 2000
  var noise = 0.1
  var width = 200
  var couplings = [0.003, 0.03]
  var seeds = 10
  var steps = 1500
  var longSteps = 6000
  var coloured = ColouredTraining()

  static var standard: StarvationExperiment { StarvationExperiment() }

  static var fields: [Field<StarvationExperiment>] {
    [
      Field(
        "strengths", \.strengths, "Values of s₁, the strength of the stronger of two features.",
        range: .atLeast(2)),
      Field(
        "responseDecay", \.responseDecay, "λ of the linear model with weight decay.",
        range: .positive),
      Field(
        "responsePenalty", \.responsePenalty, "λ of the linear model with spectral decoupling.",
        range: .positive),
      Field("pointCount", \.pointCount, "Points of the two moons.", range: .atLeast(10)),
      Field("testPointCount", \.testPointCount, "Points of every test set.", range: .atLeast(10)),
      Field("noise", \.noise, "Deviation of the points from their arcs.", range: .notNegative),
      Field("width", \.width, "The width of the hidden layer.", range: .atLeast(1)),
      Field(
        "couplings", \.couplings, "Values of κ, by which spectral decoupling adds κ·mean ŷ².",
        range: .positive),
      Field(
        "seeds", \.seeds, "Networks and draws of points for every training.", range: .atLeast(1)),
      Field("steps", \.steps, "Steps of full-batch descent.", range: .atLeast(1)),
      Field("longSteps", \.longSteps, "Steps of those that go on longer.", range: .atLeast(1)),
    ] + ColouredTraining.fields.map { $0.lifted(to: \.coloured) }
  }

  func settle(_ stated: StatedFields) throws(ConfigurationFault) { try coloured.settle(stated) }

  /// The Δ of the moons that are trained on, and of those that tests are on.
  static let (apart, meeting) = (0.1, -0.1)
  static let testMargins = [0.1, -0.1, -0.2]
  /// Modes of the tangent kernel that are kept.
  static let modeCount = 10

  /// A way to train on the moons.
  struct Training: Sendable {
    var name: String
    var margin = StarvationExperiment.apart
    var coupling = 0.0
    var decay = 0.0
    var rate = 0.01
    var usesAdam = false
    var steps: Int
  }

  var trainings: [Training] {
    [
      Training(name: "plain", steps: steps), Training(name: "plain", steps: longSteps),
      Training(name: "overlapping moons", margin: Self.meeting, steps: steps),
    ]
      + couplings.flatMap { coupling in
        [steps, longSteps].map {
          Training(name: "decoupled", coupling: coupling, steps: $0)
        }
      } + [
        Training(name: "weight decay 0.01", decay: 0.01, steps: longSteps),
        Training(name: "rate 0.1", rate: 0.1, steps: steps),
        Training(name: "Adam", rate: 3e-3, usesAdam: true, steps: steps),
        Training(name: "slight decay", decay: 2e-4, steps: longSteps),
        Training(
          name: "slight decay, decoupled", coupling: 0.003, decay: 2e-4, steps: longSteps),
      ]
  }

  private struct Task {
    var training: Training
    var seed: UInt64
  }

  var parts: [ExperimentPart] {
    let frames = strengths.flatMap { strength in [true, false].map { (strength, $0) } }
    return [
      ExperimentPart(
        "responses", "a linear model of two features", over: frames
      ) { frame, interruption in
        [try respond(frame.0, frame.1, interruption)]
      },
      ExperimentPart(
        "moons", "two moons, trained in several ways",
        over: trainings.flatMap { training in
          (1...seeds).map { Task(training: training, seed: UInt64($0)) }
        }, observe: observe),
      ExperimentPart(
        "coloured", "digits whose colour misleads in the test", over: coloured.tasks,
        reading: coloured.digits, checking: coloured.check, observe: coloured.observe),
    ]
  }

  // MARK: - A linear model

  /// U of the paper's figure 6, or of features that share no sample.
  private static func directions(_ isCoupled: Bool) -> Matrix {
    let (c, s) = isCoupled ? (sqrt(0.75), 0.5) : (1, 0)
    return Matrix(rows: 2, columns: 2, elements: [c, -s, s, c])
  }

  func predicted(_ strength: Double, isCoupled: Bool) -> StarvedFeatures {
    StarvedFeatures(
      strengths: [strength, 2], directions: Self.directions(isCoupled),
      weightDecay: responseDecay)
  }

  /// What spectral decoupling makes of it: uUᵀ1.
  func decoupled(isCoupled: Bool) -> [Double] {
    let margin = DecoupledFeatures.margin(coefficient: responsePenalty)
    let directions = Self.directions(isCoupled)
    return (0..<2).map { margin * (directions[0, $0] + directions[1, $0]) }
  }

  private func respond(
    _ strength: Double, _ isCoupled: Bool, _ interruption: Interruption
  ) throws -> Observation {
    let directions = Self.directions(isCoupled)
    let features = Matrix(
      rows: 2, columns: 2,
      elements: (0..<4).map { directions.elements[$0] * ($0 % 2 == 0 ? strength : 2) })
    let model = try DenseModel(
      DenseNetwork(widths: [2, 1], activation: .identity, bias: false), inputs: features)
    // Sums over two samples, as means.
    func solve(decay: Double, penalty: Double) throws -> [Double] {
      let objective = DenseObjective(
        model, .logistic(signs: [1, 1]), outputPenalty: penalty, weightDecay: decay / 2)
      let minimum = try LimitedMemoryBFGS(gradientTolerance: 1e-15)
        .minimize(objective, from: [0, 0], interruption: interruption)
      let outputs = model.outputs(at: minimum.point).elements
      return (0..<2).map { directions[0, $0] * outputs[0] + directions[1, $0] * outputs[1] }
    }
    let coupled = try solve(decay: responseDecay, penalty: 0)
    let free = try solve(decay: 0, penalty: responsePenalty)
    let (predictedCoupled, predictedFree) = (
      predicted(strength, isCoupled: isCoupled).responses, decoupled(isCoupled: isCoupled)
    )
    return Observation(
      "responses",
      ["features": .word(isCoupled ? "coupled" : "apart"), "s1": .number(strength)],
      [
        "z1": coupled[0], "predicted_z1": predictedCoupled[0], "z2": coupled[1],
        "predicted_z2": predictedCoupled[1], "decoupled_z1": free[0],
        "predicted_decoupled_z1": predictedFree[0], "decoupled_z2": free[1],
        "predicted_decoupled_z2": predictedFree[1],
      ])
  }

  // MARK: - Two moons

  private func observe(_ task: Task, _ interruption: Interruption) throws -> [Observation] {
    let training = task.training
    func moons(_ margin: Double, _ count: Int, _ stream: String) -> MoonPoints {
      var generator = SeededGenerator(seed: task.seed, stream: "moons/\(stream)")
      return MoonPoints(count: count, noise: noise, margin: margin, &generator)
    }
    let network = DenseNetwork(widths: [2, width, 1], activation: .relu)
    let train = moons(training.margin, pointCount, "train")
    let model = try DenseModel(network, inputs: train.inputs)
    let objective = DenseObjective(
      model, .logistic(signs: train.signs), outputPenalty: 2 * training.coupling,
      weightDecay: training.decay)
    var generator = SeededGenerator(seed: task.seed, stream: "start")
    let start = network.uniformStart(&generator)
    let modes = try Self.modes(of: model, at: start)
    let end =
      training.usesAdam
      ? try AdamDescent(learningRate: training.rate, steps: training.steps)
        .minimize(objective, from: start, interruption: interruption)
      : try HeavyBall(learningRate: training.rate, momentum: 0.9, steps: training.steps)
        .minimize(objective, from: start, interruption: interruption)
    let outputs = model.outputs(at: end.point)
    let sizes = outputs.elements.map { abs($0) }
    let size = sizes.reduce(0, +) / Double(sizes.count)
    var observation = Observation(
      "moons",
      [
        "training": .word(training.name), "κ": .number(training.coupling),
        "steps": .number(Double(training.steps)), "seed": .number(Double(task.seed)),
      ],
      [
        "loss": end.value, "train_accuracy": train.accuracy(of: outputs), "size": size,
        "size_spread": (sizes.reduce(0) { $0 + ($1 - size) * ($1 - size) } / Double(sizes.count))
          .squareRoot(),
      ])
    for margin in Self.testMargins {
      let test = moons(margin, testPointCount, "test")
      let accuracy = test.accuracy(
        of: try DenseModel(network, inputs: test.inputs).outputs(at: end.point))
      observation.quantities.append(.init(name: Self.accuracy(margin), value: accuracy))
    }
    for (index, mode) in modes.enumerated() {
      let response = zip(mode, outputs.elements).reduce(0) { $0 + $1.0 * $1.1 }
      observation.quantities.append(.init(name: "mode_\(index + 1)", value: abs(response)))
    }
    return [observation]
  }

  /// The name of the accuracy on moons of a Δ.
  static func accuracy(_ margin: Double) -> String { "accuracy_\(margin)" }

  /// The first eigenvectors of the tangent kernel JJᵀ, those of the largest values first.
  private static func modes(of model: DenseModel, at point: [Double]) throws -> [[Double]] {
    let jacobian = try model.jacobian(at: point)
    let kernel = try jacobian.timesTransposed(jacobian).symmetricEigenproblem()
    return (0..<min(modeCount, kernel.values.count)).map { index in
      Array(kernel.vectors.row(kernel.values.count - 1 - index))
    }
  }
}
