import CollapseCore
import Curvature
import Datasets
import Laboratory
import LinearAlgebra
import Networks

extension InitializationExperiment {
  /// A network at its first weights, on its images.
  private struct Start {
    let network: DenseNetwork
    let architecture: Architecture
    let inputs: Matrix
    let labels: [Int]
    let point: [Double]

    /// The Hessian at a point, of all samples or of one.
    func curvature(
      at point: [Double], sample: Int? = nil, _ interruption: Interruption
    ) throws -> NetworkCurvature {
      let rows = sample.map { [$0] } ?? Array(labels.indices)
      var problem = try CurvatureProblem(
        architecture,
        parameters: Dictionary(
          uniqueKeysWithValues: zip(architecture.parameters, network.weightRanges).map {
            ($0.name, Array(point[$1]))
          }), inputs: inputs.selectingRows(rows).elements, labels: rows.map { Int32(labels[$0]) },
        options: TrainingOptions(), includesPenalties: false)
      // Tasks go on side by side.
      problem.threads = 1
      return try NetworkCurvature(problem, interruption: interruption)
    }

    func model(sample: Int? = nil) throws -> DenseModel {
      try DenseModel(
        network, inputs: sample.map { inputs.selectingRows([$0]) } ?? inputs)
    }
  }

  /// Drawn digits as 14 × 14 means of their pixels, 0 … 1.
  private func images(seed: UInt64) throws -> (inputs: Matrix, labels: [Int]) {
    var glyphs = Glyphs()
    glyphs.trainPerClass = perClass
    glyphs.testPerClass = 1
    glyphs.seed = seed
    let images = try glyphs.generate(threads: 1).train
    let side = 14
    let pixels = (0..<images.labels.count).flatMap { image in
      (0..<side * side).map { place -> Double in
        let first = image * 784 + place / side * 56 + place % side * 2
        let sum = [0, 1, 28, 29].reduce(0) { $0 + Int(images.pixels[first + $1]) }
        return Double(sum) / (4 * 255)
      }
    }
    return (
      Matrix(rows: images.labels.count, columns: side * side, elements: pixels),
      images.labels.map { Int($0) }
    )
  }

  private func start(_ task: Task) throws -> Start {
    let (inputs, labels) = try images(seed: task.seed)
    let hidden = (0..<task.depth - 1).flatMap { layer in
      [
        LayerDescription("features.\(2 * layer)", Dense(outputs: width, bias: false)),
        LayerDescription("features.\(2 * layer + 1)", ReLU()),
      ]
    }
    let architecture = try Architecture(
      hidden + [LayerDescription("classifier", Dense(outputs: Self.classCount, bias: false))],
      input: [inputs.columns])
    let initialization = Initialization(kind: task.initialization)
    let point = architecture.parameters.enumerated().flatMap { index, parameter in
      let factor = task.scale * (index == 0 ? task.firstScale : 1)
      return initialization.values(
        for: parameter.parameter, named: parameter.name, seed: task.seed
      ).values.map { factor * Double($0) }
    }
    return Start(
      network: DenseNetwork(
        widths: [inputs.columns] + Array(repeating: width, count: task.depth - 1)
          + [Self.classCount], activation: .relu, bias: false),
      architecture: architecture, inputs: inputs, labels: labels, point: point)
  }

  private func ends(
    of matrix: some SymmetricOperator, smallest: Int = 0, tolerance: Double = 1e-6
  ) throws -> (largest: Double, smallest: Double?) {
    var solver = Lanczos(largest: 1, smallest: smallest, tolerance: tolerance, steps: 100)
    solver.threads = 1
    let result = try solver.run(matrix)
    return (result.largest[0].value, result.smallest.first?.value)
  }

  func takeEigenvalues(_ task: Task, _ interruption: Interruption) throws -> [Observation] {
    let start = try start(task)
    let curvature = try start.curvature(at: start.point, interruption)
    let whole = try ends(of: Hessian(curvature), smallest: 1)
    let first = try ends(of: GaussNewton(curvature)).largest
    return [
      Observation(
        "scales",
        [
          "initialization": .word(task.initialization.rawValue),
          "L": .number(Double(task.depth)), "s": .number(task.scale),
          "seed": .number(Double(task.seed)),
        ],
        [
          "loss": curvature.loss, "gradient": norm(curvature.gradient),
          "hessian": whole.largest, "negative": whole.smallest.map { -$0 },
          "gauss_newton": first, "first_term_gap": abs(whole.largest - first) / whole.largest,
        ])
    ]
  }

  func boundBlocks(_ task: Task, _ interruption: Interruption) throws -> [Observation] {
    let start = try start(task)
    let curvature = try start.curvature(at: start.point, interruption)
    let single = try start.curvature(at: start.point, sample: 0, interruption)
    let (model, one) = (try start.model(), try start.model(sample: 0))
    return try (1...task.depth).map { layer in
      let range = start.network.weightRanges[layer - 1]
      let block = try ends(of: DiagonalBlock(Hessian(curvature), range), tolerance: 1e-8).largest
      let first = try ends(of: DiagonalBlock(GaussNewton(curvature), range), tolerance: 1e-8)
        .largest
      let bounds = try model.curvatureBounds(at: start.point, ofLayer: layer)
      let ofSingle = try ends(of: DiagonalBlock(Hessian(single), range), tolerance: 1e-8).largest
      let exact = try one.curvatureBounds(at: start.point, ofLayer: layer).bySamples
      return Observation(
        "blocks",
        [
          "initialization": .word(task.initialization.rawValue),
          "L": .number(Double(task.depth)), "layer": .number(Double(layer)),
          "seed": .number(Double(task.seed)),
        ],
        [
          "block": block, "gauss_newton_block": first, "bound_by_samples": bounds.bySamples,
          "bound_by_factors": bounds.byFactors, "bound_by_weights": bounds.byWeights,
          "single_block": ofSingle, "single_predicted": exact,
        ])
    }
  }

  func scaleFirst(_ task: Task, _ interruption: Interruption) throws -> [Observation] {
    let start = try start(task)
    let curvature = try start.curvature(at: start.point, interruption)
    return try (1...task.depth).map { layer in
      let block = DiagonalBlock(Hessian(curvature), start.network.weightRanges[layer - 1])
      return Observation(
        "first-layer",
        [
          "s1": .number(task.firstScale), "layer": .number(Double(layer)),
          "seed": .number(Double(task.seed)),
        ], ["block": try ends(of: block).largest])
    }
  }

  /// A loss that rounding has made no number is one that is very large.
  private static let largestLoss = 1e6

  /// λ_max of the Hessian; `nil` where descent has left every bound.
  private func sharpness(
    _ start: Start, _ point: [Double], _ loss: Double, _ interruption: Interruption
  ) throws -> Double? {
    guard loss < Self.largestLoss else { return nil }
    let curvature = try start.curvature(at: point, interruption)
    return try ends(of: Hessian(curvature), tolerance: 1e-2).largest
  }

  func descend(_ task: Task, _ interruption: Interruption) throws -> [Observation] {
    let start = try start(task)
    let objective = DenseObjective(try start.model(), .crossEntropy(labels: start.labels))
    var point = start.point
    var gradient = point
    var observations: [Observation] = []
    var (initial, reached, early) = (0.0, steps + 1, 0.0)
    for step in 0...steps {
      let value = objective.value(at: point, gradient: &gradient)
      let loss = value.isFinite ? min(value, Self.largestLoss) : Self.largestLoss
      if step == 0 { initial = loss }
      if step == 50 { early = loss }
      if loss <= targetLoss { reached = min(reached, step) }
      if step.isMultiple(of: Self.interval) {
        try interruption.check()
        observations.append(
          Observation(
            "path",
            [
              "s": .number(task.scale), "η": .number(task.rate), "step": .number(Double(step)),
              "seed": .number(Double(task.seed)),
            ],
            [
              "loss": loss,
              "sharpness": try sharpness(start, point, loss, interruption),
            ]))
      }
      // What has left every bound stays there.
      if loss >= Self.largestLoss {
        if step < 50 { early = loss }
        break
      }
      for index in point.indices { point[index] -= task.rate * gradient[index] }
    }
    let sharpness = observations[0]["sharpness"]
    let final = observations.last.map { $0["loss"] } ?? .nan
    return observations + [
      Observation(
        "descent",
        [
          "s": .number(task.scale), "η": .number(task.rate), "seed": .number(Double(task.seed)),
        ],
        [
          "sharpness": sharpness, "ηλ": task.rate * sharpness, "initial_loss": initial,
          "early_loss": early, "final_loss": final, "steps_to_target": Double(reached),
        ])
    ]
  }
}
