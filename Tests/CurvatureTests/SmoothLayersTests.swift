import CollapseCore
import Curvature
import Networks
import Testing

/// Activations with a second derivative: products against differences of gradients, which for smooth
/// networks are good to the square of the step.
@Suite struct SmoothLayersTests {
  static let activations: [any Layer] = [Tanh(), Softplus(), GELU()]

  private func problem(_ activation: any Layer, _ parameters: [Double]? = nil) throws
    -> CurvatureProblem
  {
    let architecture = try Architecture(
      [
        .init("a", Dense(outputs: 6)), .init("s", activation), .init("b", Dense(outputs: 5)),
        .init("t", activation), .init("c", Dense(outputs: 3)),
      ], input: [4])
    var arrays = Draw.parameters(of: architecture, seed: 1)
    if let parameters {
      for part in ParameterLayout(architecture).parts {
        arrays[part.parameter.name] = Array(parameters[part.range])
      }
    }
    return try CurvatureProblem(
      architecture, parameters: arrays, inputs: Draw.normals(13 * 4, seed: 101),
      labels: (0..<13).map { Int32($0 % 3) }, options: TrainingOptions(),
      includesPenalties: false)
  }

  @Test(arguments: activations.indices) func hessian(_ index: Int) throws {
    let activation = Self.activations[index]
    let start = try problem(activation)
    let curvature = try NetworkCurvature(start)
    let v = Draw.normals(curvature.dimension, seed: 5)
    let product = try curvature.hessianProduct(v)
    let step = 1e-5
    func gradient(_ sign: Double) throws -> [Double] {
      let moved = zip(start.parameters, v).map { $0 + sign * step * $1 }
      return try NetworkCurvature(try problem(activation, moved)).gradient
    }
    let (above, below) = (try gradient(1), try gradient(-1))
    let differences = zip(above, below).map { ($0 - $1) / (2 * step) }
    let scale = product.map(abs).max()!
    #expect(largestDifference(product, differences) / scale < 1e-7)
    // Unlike ReLUs these bend: a layer's block of H is not that of G.
    let range = start.layout.layers[0].range
    let unit = (0..<curvature.dimension).map { range.contains($0) ? v[$0] : 0 }
    let ofG = try curvature.gaussNewtonProduct(unit)[range]
    let ofH = try curvature.hessianProduct(unit)[range]
    #expect(largestDifference(Array(ofG), Array(ofH)) > 1e-4)
  }

  @Test func aFixedClassifierIsRefused() throws {
    let architecture = try Architecture(
      [.init("a", Dense(outputs: 6)), .init("c", Dense(outputs: 3, frame: FixedFrame()))],
      input: [4])
    let error = #expect(throws: CurvatureError.self) {
      try CurvatureProblem(
        architecture, parameters: Draw.parameters(of: architecture, seed: 1),
        inputs: Draw.normals(12, seed: 2), labels: [0, 1, 2], options: TrainingOptions(),
        includesPenalties: false)
    }
    #expect("\(try #require(error))".contains("'c/weight' is not trained"))
  }
}
