import CollapseCore
import Laboratory
import LibC
import LinearAlgebra
import Predictions

extension BanachKernelExperiment {
  /// Inputs of about unit norm, and a smooth function of them.
  private func samples(_ inputs: Int, _ seed: UInt64, _ stream: String = "trained on")
    -> (inputs: Matrix, targets: Matrix)
  {
    var direction = SeededGenerator(seed: seed, stream: "direction")
    let teacher = (0..<inputs).map { _ in direction.normal() }
    var generator = SeededGenerator(seed: seed, stream: stream)
    let points = Matrix(
      rows: sampleCount, columns: inputs,
      elements: (0..<sampleCount * inputs).map { _ in
        generator.normal() / Double(inputs).squareRoot()
      })
    return (
      points,
      Matrix(
        rows: sampleCount, columns: 1,
        elements: (0..<sampleCount).map { sin(2 * dot(points.row($0), teacher[...])) })
    )
  }

  private struct Start {
    let model: DenseModel
    let held: DenseModel
    let objective: DenseObjective
    let point: [Double]
    var generator: SeededGenerator

    func gradient(at point: [Double]) -> [Double] {
      var gradient = point
      _ = objective.value(at: point, gradient: &gradient)
      return gradient
    }
  }

  private func start(_ task: Task) throws -> Start {
    let network = DenseNetwork(
      widths: [inputCount] + Array(repeating: width, count: task.layers - 1) + [1],
      activation: task.activation)
    let trained = samples(inputCount, task.seed)
    let model = try DenseModel(network, inputs: trained.inputs)
    var generator = SeededGenerator(seed: task.seed, stream: "start")
    let point = network.uniformStart(&generator)
    return Start(
      model: model,
      held: try DenseModel(network, inputs: samples(inputCount, task.seed, "held out").inputs),
      objective: DenseObjective(model, .squaredError(targets: trained.targets)), point: point,
      generator: generator)
  }

  private func settings(_ task: Task) -> KeyValuePairs<String, Condition.Value> {
    [
      "activation": .word(task.activation.rawValue), "layers": .number(Double(task.layers)),
      "seed": .number(Double(task.seed)),
    ]
  }

  private func moved(_ point: [Double], by step: [Double]) -> [Double] {
    zip(point, step).map { $0 + $1 }
  }

  private func difference(_ a: Matrix, _ b: Matrix) -> Matrix {
    Matrix(
      rows: a.rows, columns: a.columns, elements: zip(a.elements, b.elements).map { $0 - $1 })
  }

  /// ‖a − b‖/‖b‖.
  private func deviation(_ a: Matrix, from b: Matrix) -> Double {
    a.distance(to: b) / b.frobeniusNorm
  }

  func descend(_ task: Task, _ interruption: Interruption) throws -> [Observation] {
    let start = try start(task)
    let kernel = StepKernel(nodes: nodes)
    var point = start.point
    var (trained, held, length) = (0.0, 0.0, 0.0)
    var sum = Matrix(rows: sampleCount, columns: 1)
    for _ in 0..<steps {
      try interruption.check()
      let gradient = start.gradient(at: point)
      let step = gradient.map { -learningRate * $0 }
      let next = moved(point, by: step)
      let change = kernel.change(of: start.model, from: point, by: step)
      trained = max(
        trained,
        deviation(
          change, from: difference(start.model.outputs(at: next), start.model.outputs(at: point))))
      held = max(
        held,
        deviation(
          kernel.change(of: start.held, from: point, by: step),
          from: difference(start.held.outputs(at: next), start.held.outputs(at: point))))
      sum = Matrix(
        rows: sampleCount, columns: 1, elements: zip(sum.elements, change.elements).map { $0 + $1 })
      length += learningRate * norm(gradient)
      point = next
    }
    let whole = difference(start.model.outputs(at: point), start.model.outputs(at: start.point))
    let (written, asymmetry) = try explicit(start, rate: learningRate)
    var gradient = point
    return [
      Observation(
        "steps", settings(task),
        [
          "error": trained, "held_out_error": held, "telescoped_error": deviation(sum, from: whole),
          "kernel_error": written, "asymmetry": asymmetry, "path_length": length,
          "loss_before": start.objective.value(at: start.point, gradient: &gradient),
          "loss": start.objective.value(at: point, gradient: &gradient),
        ])
    ]
  }

  /// How far −ηΣ_i K(x, x_i) ∂ℓ_i of the first step is from what it does, of samples held out, and how
  /// far K on those trained on is from being symmetric.
  private func explicit(_ start: Start, rate: Double) throws -> (error: Double, asymmetry: Double) {
    let step = start.gradient(at: start.point).map { -rate * $0 }
    let kernel = StepKernel(nodes: nodes)
    let slopes = start.objective.outputSlopes(at: start.point).elements
    let cross = try kernel.kernel(
      of: start.held, with: start.model, from: start.point, by: step)
    let predicted = Matrix(
      rows: sampleCount, columns: 1,
      elements: (0..<sampleCount).map { -rate * dot(cross.row($0), slopes[...]) })
    let actual = difference(
      start.held.outputs(at: moved(start.point, by: step)), start.held.outputs(at: start.point))
    let own = try kernel.kernel(of: start.model, with: start.model, from: start.point, by: step)
    return (
      deviation(predicted, from: actual), own.distance(to: own.transposed) / own.frobeniusNorm
    )
  }

  func integrate(_ task: Task, _ interruption: Interruption) throws -> [Observation] {
    let start = try start(task)
    let gradient = start.gradient(at: start.point)
    // Long enough that a node less is seen.
    let length = norm(gradient)
    let step = gradient.map { -0.5 * $0 / length }
    let actual = difference(
      start.model.outputs(at: moved(start.point, by: step)), start.model.outputs(at: start.point))
    return (1...nodes).map { count in
      let change = StepKernel(nodes: count).change(of: start.model, from: start.point, by: step)
      return Observation(
        "quadrature",
        [
          "activation": .word(task.activation.rawValue), "layers": .number(Double(task.layers)),
          "nodes": .number(Double(count)), "seed": .number(Double(task.seed)),
        ], ["error": deviation(change, from: actual)])
    }
  }

  func expand(_ task: Task, _ interruption: Interruption) throws -> [Observation] {
    var start = try start(task)
    let draw = start.point.map { _ in start.generator.normal() }
    let length = norm(draw)
    let direction = draw.map { $0 / length }
    let terms = start.model.series(at: start.point, along: direction, order: order)
    let tangent = start.model.tangent(at: start.point, along: direction)
    let sizes = terms.map(\.frobeniusNorm)
    let degree = (1 << task.layers) - 1
    let isPolynomial = task.activation == .square
    // Cauchy and Hadamard's, from the second half of the terms.
    let half = Array((order / 2)...order)
    let middle = half.reduce(0.0) { $0 + Double($1) } / Double(half.count)
    let slope =
      half.reduce(0.0) { $0 + (Double($1) - middle) * log(sizes[$1]) }
      / half.reduce(0.0) { $0 + (Double($1) - middle) * (Double($1) - middle) }
    let radius = isPolynomial ? nil : exp(-slope)
    return (isPolynomial ? [1] : radiusShares).map { share in
      let length = share * (radius ?? 1)
      let actual = start.model.outputs(
        at: zip(start.point, direction).map { $0 + length * $1 })
      var sum = Matrix(rows: sampleCount, columns: 1)
      let errors = terms.enumerated().map { k, term in
        let power = pow(length, Double(k))
        sum = Matrix(
          rows: sampleCount, columns: 1,
          elements: zip(sum.elements, term.elements).map { $0 + power * $1 })
        return deviation(sum, from: actual)
      }
      // Of the terms before rounding is all that is left.
      let last = errors.lastIndex { $0 > 1e-12 } ?? 0
      let first = min(4, max(last - 1, 0))
      return Observation(
        "series",
        [
          "activation": .word(task.activation.rawValue), "layers": .number(Double(task.layers)),
          "‖Δ‖/R": .word(isPolynomial ? "–" : share.shortestText),
          "seed": .number(Double(task.seed)),
        ],
        [
          "radius": radius, "error_1": errors[1], "error_2": errors[2], "error_4": errors[4],
          "error_8": errors[8], "error_16": errors[16], "error_last": errors[order],
          "growth": isPolynomial
            ? nil : exp(log(errors[last] / errors[first]) / Double(last - first)),
          "beyond_degree": isPolynomial ? sizes.dropFirst(degree + 1).largest : nil,
          "sum_error": isPolynomial ? errors[degree] : nil,
          "tangent_error": deviation(terms[1], from: tangent),
        ])
    }
  }

  func linearize(_ task: Task, _ interruption: Interruption) throws -> [Observation] {
    let start = try start(task)
    let gradient = start.gradient(at: start.point)
    return try rates.map { rate in
      let step = gradient.map { -rate * $0 }
      let tangent = start.model.tangent(at: start.point, along: step)
      let actual = difference(
        start.model.outputs(at: moved(start.point, by: step)), start.model.outputs(at: start.point))
      return Observation(
        "rates",
        [
          "activation": .word(task.activation.rawValue), "layers": .number(Double(task.layers)),
          "η": .number(rate), "seed": .number(Double(task.seed)),
        ],
        [
          "error": tangent.distance(to: actual), "relative_error": deviation(tangent, from: actual),
          "asymmetry": try explicit(start, rate: rate).asymmetry,
        ])
    }
  }

  func widen(_ task: WidthTask, _ interruption: Interruption) throws -> [Observation] {
    let network = DenseNetwork(
      widths: [task.inputs, task.width, 1], activation: .tanh, bias: false,
      outputFactor: 1 / Double(task.width).squareRoot())
    let trained = samples(task.inputs, task.seed)
    let model = try DenseModel(network, inputs: trained.inputs)
    var generator = SeededGenerator(seed: task.seed, stream: "start")
    let point = (0..<network.parameterCount).map { _ in generator.normal() }
    var gradient = point
    _ = DenseObjective(model, .squaredError(targets: trained.targets))
      .value(at: point, gradient: &gradient)
    let step = gradient.map { -$0 }
    let actual = difference(model.outputs(at: moved(point, by: step)), model.outputs(at: point))
    return [
      Observation(
        "widths",
        [
          "inputs": .number(Double(task.inputs)), "width": .number(Double(task.width)),
          "seed": .number(Double(task.seed)),
        ], ["relative_error": deviation(model.tangent(at: point, along: step), from: actual)])
    ]
  }

  func compareKernels(
    _ task: WidthTask, _ interruption: Interruption
  ) throws -> [Observation] {
    let m = Double(task.width)
    let network = DenseNetwork(
      widths: [task.inputs, task.width, 1], activation: .relu, bias: false,
      outputFactor: 1 / m.squareRoot())
    let points = samples(task.inputs, task.seed).inputs.selectingRows(
      Array(0..<min(4, sampleCount)))
    let model = try DenseModel(network, inputs: points)
    var generator = SeededGenerator(seed: task.seed, stream: "start")
    let point = (0..<network.parameterCount).map { _ in generator.normal() }
    let jacobian = try model.jacobian(at: point)
    let kernel = try jacobian.timesTransposed(jacobian)
    var (limit, finite) = (kernel, kernel)
    for row in 0..<points.rows {
      for column in 0..<points.rows {
        limit[row, column] = TangentKernels.rectified(
          Array(points.row(row)), Array(points.row(column)))
        let product = dot(points.row(row), points.row(column))
        finite[row, column] =
          (0..<task.width).reduce(0.0) { sum, unit in
            let weights = point[unit * task.inputs..<(unit + 1) * task.inputs]
            let (u, v) = (dot(weights, points.row(row)), dot(weights, points.row(column)))
            guard u > 0, v > 0 else { return sum }
            let outer = point[task.inputs * task.width + unit]
            return sum + u * v + outer * outer * product
          } / m
      }
    }
    return [
      Observation(
        "rectified-kernel",
        ["width": .number(m), "seed": .number(Double(task.seed))],
        [
          "limit_error": deviation(kernel, from: limit),
          "formula_error": deviation(kernel, from: finite),
        ])
    ]
  }

  func descendLinearly(_ steps: Int, _ interruption: Interruption) throws -> [Observation] {
    let rate = 0.5
    let data = samples(inputCount, 1)
    let model = try DenseModel(
      DenseNetwork(widths: [inputCount, 1], activation: .identity, bias: false),
      inputs: data.inputs)
    let end = try HeavyBall(learningRate: rate, momentum: 0, steps: steps).minimize(
      DenseObjective(model, .squaredError(targets: data.targets)),
      from: Array(repeating: 0, count: inputCount), interruption: interruption)
    let predicted = TangentKernels.linearDescent(
      kernel: try data.inputs.timesTransposed(data.inputs), targets: data.targets.elements,
      rate: rate, steps: steps)
    let outputs = model.outputs(at: end.point).elements
    return [
      Observation(
        "linear", ["steps": .number(Double(steps))],
        [
          "error": zip(outputs, predicted).map { abs($0 - $1) }.largest,
          "size": norm(outputs) / Double(sampleCount).squareRoot(),
        ])
    ]
  }
}
