import CollapseCore
import Laboratory
import LibC
import LinearAlgebra
import Testing

/// Bounds on blocks of the Hessian.
@Suite struct CurvatureBoundTests {
  private func model(samples: Int) throws -> (model: DenseModel, point: [Double]) {
    var generator = SeededGenerator(seed: 8)
    let network = DenseNetwork(widths: [4, 5, 6, 3], activation: .relu, bias: false)
    let inputs = Matrix(
      rows: samples, columns: 4, elements: (0..<4 * samples).map { _ in generator.normal() })
    return (
      try DenseModel(network, inputs: inputs), network.normalStart(gain: 1.5, &generator)
    )
  }

  /// The norm of a layer's block by differences of the gradient along each of its weights.
  private func norm(of objective: DenseObjective, _ point: [Double], _ range: Range<Int>)
    throws -> Double
  {
    var block = Matrix(rows: range.count, columns: range.count)
    var (above, below) = (point, point)
    for (column, index) in range.enumerated() {
      var moved = point
      moved[index] += 1e-5
      _ = objective.value(at: moved, gradient: &above)
      moved[index] -= 2e-5
      _ = objective.value(at: moved, gradient: &below)
      for (row, place) in range.enumerated() {
        block[row, column] = (above[place] - below[place]) / 2e-5
      }
    }
    return try block.singularValues()[0]
  }

  @Test(arguments: [1, 2, 3])
  func ofOneSampleTheFirstIsTheNorm(layer: Int) throws {
    let (model, point) = try model(samples: 1)
    let objective = DenseObjective(model, .crossEntropy(labels: [1]))
    let expected = try norm(of: objective, point, model.network.weightRanges[layer - 1])
    let bounds = try model.curvatureBounds(at: point, ofLayer: layer)
    #expect(abs(bounds.bySamples / expected - 1) < 1e-7)
  }

  @Test(arguments: [1, 2, 3])
  func ofManyNoneIsViolated(layer: Int) throws {
    let (model, point) = try model(samples: 9)
    let objective = DenseObjective(model, .crossEntropy(labels: (0..<9).map { $0 % 3 }))
    let found = try norm(of: objective, point, model.network.weightRanges[layer - 1])
    let bounds = try model.curvatureBounds(at: point, ofLayer: layer)
    #expect(found <= bounds.bySamples * (1 + 1e-7))
    #expect(bounds.bySamples <= bounds.byFactors && bounds.byFactors <= bounds.byWeights)
    #expect(bounds.byWeights < 1e3 * found)
  }
}
