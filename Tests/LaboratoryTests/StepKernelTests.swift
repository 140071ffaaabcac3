import CollapseCore
import Laboratory
import LibC
import LinearAlgebra
import Predictions
import Testing

/// The exact kernel of a step, power series of networks, and the tangent kernel.
@Suite struct StepKernelTests {
  private func change(_ model: DenseModel, _ point: [Double], _ step: [Double]) -> Matrix {
    var change = model.outputs(at: zip(point, step).map { $0 + $1 })
    for (index, value) in model.outputs(at: point).elements.enumerated() {
      change.elements[index] -= value
    }
    return change
  }

  private func deviation(_ a: Matrix, _ b: Matrix) -> Double {
    a.distance(to: b) / b.frobeniusNorm
  }

  @Test(arguments: [1, 2, 3, 5, 8])
  func quadratureIsExactOfPolynomials(count: Int) {
    let rule = GaussLegendre(count: count)
    #expect(rule.nodes == rule.nodes.sorted() && rule.nodes.allSatisfy { (0...1).contains($0) })
    for degree in 0..<2 * count {
      let found = zip(rule.nodes, rule.weights).reduce(0) { sum, pair in
        sum + pair.1 * pow(pair.0, Double(degree))
      }
      #expect(abs(found - 1 / Double(degree + 1)) < 1e-14)
    }
  }

  /// Of squares 2^(L−1) nodes are enough, and one is not.
  @Test(arguments: [2, 3])
  func squaresNeedFewNodes(layers: Int) throws {
    let widths = [3] + Array(repeating: 5, count: layers - 1) + [2]
    let (model, point, direction) = try DenseNetworkTests.model(.square, widths: widths)
    let step = direction.map { 0.1 * $0 }
    let actual = change(model, point, step)
    func error(_ nodes: Int) -> Double {
      deviation(StepKernel(nodes: nodes).change(of: model, from: point, by: step), actual)
    }
    #expect(error(1 << (layers - 1)) < 1e-13)
    #expect(error(1) > 1e-6)
  }

  @Test(arguments: [DenseNetwork.Activation.tanh, .softplus, .square])
  func aStepIsItsKernel(activation: DenseNetwork.Activation) throws {
    let (model, point, _) = try DenseNetworkTests.model(activation)
    let targets = Matrix(rows: 6, columns: 2, elements: (0..<12).map { sin(Double($0)) })
    let objective = DenseObjective(model, .squaredError(targets: targets))
    var gradient = point
    _ = objective.value(at: point, gradient: &gradient)
    let step = gradient.map { -0.3 * $0 }
    let kernel = StepKernel(nodes: 8)
    let actual = change(model, point, step)
    #expect(deviation(kernel.change(of: model, from: point, by: step), actual) < 1e-12)
    // The same with the kernel written out; it is not symmetric.
    let matrix = try kernel.kernel(of: model, with: model, from: point, by: step)
    let slopes = objective.outputSlopes(at: point).elements
    let predicted = Matrix(
      rows: 6, columns: 2, elements: (0..<12).map { -0.3 * dot(matrix.row($0), slopes[...]) })
    #expect(deviation(predicted, actual) < 1e-12)
    #expect(matrix.distance(to: matrix.transposed) / matrix.frobeniusNorm > 1e-5)
  }

  @Test(arguments: [(2, 3), (3, 7)])
  func theSeriesOfSquaresEnds(layers: Int, degree: Int) throws {
    let widths = [3] + Array(repeating: 5, count: layers - 1) + [2]
    let (model, point, direction) = try DenseNetworkTests.model(.square, widths: widths)
    let terms = model.series(at: point, along: direction, order: 10)
    #expect(terms[degree].frobeniusNorm > 1e-6)
    for term in terms.dropFirst(degree + 1) { #expect(term.frobeniusNorm < 1e-13) }
    let moved = model.outputs(at: zip(point, direction).map { $0 + $1 })
    var sum = terms[0]
    for term in terms[1...degree] {
      for index in sum.elements.indices { sum.elements[index] += term.elements[index] }
    }
    #expect(deviation(sum, moved) < 1e-13)
    #expect(deviation(terms[1], model.tangent(at: point, along: direction)) < 1e-13)
  }

  @Test(arguments: DenseNetwork.Activation.allCases)
  func seriesConvergeNearby(activation: DenseNetwork.Activation) throws {
    let (model, point, direction) = try DenseNetworkTests.model(activation)
    let size = norm(direction)
    // Short of any kink of the ReLU too.
    let unit = direction.map { $0 / size }
    let terms = model.series(at: point, along: unit, order: 12)
    let length = activation == .relu ? 1e-3 : 0.1
    let moved = model.outputs(at: zip(point, unit).map { $0 + length * $1 })
    var sum = Matrix(rows: 6, columns: 2)
    for (k, term) in terms.enumerated() {
      for index in sum.elements.indices {
        sum.elements[index] += term.elements[index] * pow(length, Double(k))
      }
    }
    #expect(deviation(sum, moved) < 1e-13)
  }

  /// What the tangent kernel leaves out is of the order η².
  @Test func theTangentIsTheFirstTerm() throws {
    let (model, point, direction) = try DenseNetworkTests.model(.tanh)
    let errors = [0.01, 0.005].map { rate in
      let step = direction.map { rate * $0 }
      return change(model, point, step).distance(to: model.tangent(at: point, along: step))
    }
    #expect(abs(log2(errors[0] / errors[1]) - 2) < 0.02)
  }

  @Test func theRectifiedKernelHasItsLimit() throws {
    let width = 40_000
    let network = DenseNetwork(
      widths: [3, width, 1], activation: .relu, bias: false,
      outputFactor: 1 / Double(width).squareRoot())
    let inputs = Matrix(rows: 2, columns: 3, elements: [1, 0.3, -0.2, -0.4, 0.8, 0.1])
    let model = try DenseModel(network, inputs: inputs)
    var generator = SeededGenerator(seed: 2)
    let point = (0..<network.parameterCount).map { _ in generator.normal() }
    let jacobian = try model.jacobian(at: point)
    let kernel = try jacobian.timesTransposed(jacobian)
    for row in 0..<2 {
      for column in 0..<2 {
        let limit = TangentKernels.rectified(Array(inputs.row(row)), Array(inputs.row(column)))
        // Five standard errors and a little.
        #expect(abs(kernel[row, column] - limit) < 0.04)
      }
    }
    // Of one input the angle is zero, and of opposite ones the kernel is.
    #expect(abs(TangentKernels.rectified([3, 4], [3, 4]) - 25) < 1e-12)
    #expect(abs(TangentKernels.rectified([3, 4], [-3, -4])) < 1e-7)
  }

  @Test(arguments: [0, 1, 10, 137])
  func descentOfALinearModel(steps: Int) throws {
    let inputs = Matrix(
      rows: 4, columns: 2, elements: [1, 0.3, -0.2, 0.4, 0.8, -1.1, 0.6, 0.5])
    let targets = [1, -0.5, 0.25, 2.0]
    let model = try DenseModel(
      DenseNetwork(widths: [2, 1], activation: .identity, bias: false), inputs: inputs)
    let objective = DenseObjective(
      model, .squaredError(targets: Matrix(rows: 4, columns: 1, elements: targets)))
    let end = try HeavyBall(learningRate: 0.7, momentum: 0, steps: steps)
      .minimize(objective, from: [0, 0])
    let predicted = TangentKernels.linearDescent(
      kernel: try inputs.timesTransposed(inputs), targets: targets, rate: 0.7, steps: steps)
    for (output, expected) in zip(model.outputs(at: end.point).elements, predicted) {
      #expect(abs(output - expected) < 1e-13)
    }
  }
}
