import CollapseCore
import Laboratory
import LibC
import LinearAlgebra
import Predictions
import Testing

/// Dense networks: derivatives, losses, and what they learn.
@Suite struct DenseNetworkTests {
  static func model(
    _ activation: DenseNetwork.Activation, widths: [Int] = [3, 5, 4, 2], bias: Bool = true,
    samples: Int = 6
  ) throws -> (model: DenseModel, point: [Double], direction: [Double]) {
    var generator = SeededGenerator(seed: 4)
    let network = DenseNetwork(
      widths: widths, activation: activation, bias: bias, outputFactor: 0.7)
    let inputs = Matrix(
      rows: samples, columns: widths[0],
      elements: (0..<samples * widths[0]).map { _ in generator.normal() })
    let point = network.uniformStart(&generator)
    return (
      try DenseModel(network, inputs: inputs), point, point.map { _ in generator.normal() }
    )
  }

  @Test(arguments: DenseNetwork.Activation.allCases)
  func tangentsAndCotangentsAreOfOneJacobian(activation: DenseNetwork.Activation) throws {
    let (model, point, direction) = try Self.model(activation)
    let jacobian = try model.jacobian(at: point)
    let tangent = model.tangent(at: point, along: direction).elements
    for row in 0..<jacobian.rows {
      #expect(abs(dot(jacobian.row(row), direction[...]) - tangent[row]) < 1e-12)
    }
    let cotangents = Matrix(rows: 6, columns: 2, elements: (0..<12).map { 0.3 - Double($0) / 9 })
    let pulled = model.cotangent(at: point, of: cotangents)
    for index in point.indices {
      let expected = (0..<12).reduce(0) { $0 + jacobian[$1, index] * cotangents.elements[$1] }
      #expect(abs(expected - pulled[index]) < 1e-12)
    }
    // Central differences, of smooth functions and of one that bends nowhere near.
    let step = 1e-5
    func moved(_ by: Double) -> [Double] {
      model.outputs(at: zip(point, direction).map { $0 + by * $1 }).elements
    }
    for (index, (above, below)) in zip(moved(step), moved(-step)).enumerated() {
      #expect(abs((above - below) / (2 * step) - tangent[index]) < 1e-7)
    }
  }

  @Test(arguments: ["logistic", "squared error", "cross-entropy"])
  func gradientIsThatOfTheValue(loss: String) throws {
    let (model, point, _) = try Self.model(
      .tanh, widths: loss == "logistic" ? [3, 5, 1] : [3, 5, 2])
    let kind: DenseObjective.Loss =
      switch loss {
      case "logistic": .logistic(signs: [1, -1, 1, 1, -1, -1])
      case "squared error":
        .squaredError(targets: Matrix(rows: 6, columns: 2, elements: (0..<12).map(Double.init)))
      default: .crossEntropy(labels: [0, 1, 1, 0, 1, 0])
      }
    let objective = DenseObjective(model, kind, outputPenalty: 0.3, weightDecay: 0.2)
    var gradient = point
    var other = point
    _ = objective.value(at: point, gradient: &gradient)
    for index in point.indices {
      var moved = point
      moved[index] += 1e-5
      let above = objective.value(at: moved, gradient: &other)
      moved[index] -= 2e-5
      let below = objective.value(at: moved, gradient: &other)
      #expect(abs((above - below) / 2e-5 - gradient[index]) < 1e-8)
    }
  }

  /// A deep linear fit under spectral decoupling has every margin at its closed form.
  @Test func descentReachesTheDecoupledMargin() throws {
    let inputs = Matrix(rows: 3, columns: 3, elements: [1, 0.2, 0, 0, 2, 0.1, -0.3, 0, 0.5])
    let model = try DenseModel(
      DenseNetwork(widths: [3, 1], activation: .identity, bias: false), inputs: inputs)
    let signs = [1.0, -1, 1]
    let objective = DenseObjective(model, .logistic(signs: signs), outputPenalty: 0.1)
    let expected = DecoupledFeatures.margin(coefficient: 0.1)
    let start = [0.1, -0.2, 0.3]
    let minima = [
      try LimitedMemoryBFGS(gradientTolerance: 1e-14).minimize(objective, from: start),
      try HeavyBall(learningRate: 1, steps: 20_000).minimize(objective, from: start),
    ]
    for minimum in minima {
      for (output, sign) in zip(model.outputs(at: minimum.point).elements, signs) {
        #expect(abs(sign * output - expected) < 1e-9)
      }
    }
    // Adam goes where descent goes, to what its steps allow.
    let adam = try AdamDescent(learningRate: 1e-3, steps: 20_000).minimize(objective, from: start)
    #expect(abs(adam.value - minima[0].value) < 1e-4)
  }
}
