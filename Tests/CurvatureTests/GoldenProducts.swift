import CollapseCore
import Curvature
import Foundation
import Networks
import Testing

/// Products of small networks of every kind of layer against those of torch.func in float64, which
/// `Goldens/make-goldens.py` wrote.
@Suite struct GoldenProducts {
  struct Golden: Decodable, CustomTestStringConvertible {
    let network: String
    let loss: String
    let statistics: String
    let spectralDecoupling: Double
    let featureDecay: Double
    let inputs: [Double]
    let labels: [Int32]
    let parameters: [String: [Double]]
    let moments: [String: [Double]]
    let direction: [String: [Double]]
    let value: Double
    let gradient: [String: [Double]]
    let hessian: [String: [Double]]
    let gaussNewton: [String: [Double]]
    let tangent: [Double]
    let cotangent: [Double]
    let transposed: [String: [Double]]

    var testDescription: String { "\(network), \(loss), \(statistics)" }

    func problem() throws -> CurvatureProblem {
      var options = TrainingOptions()
      options.loss =
        loss == "cross_entropy"
        ? .crossEntropy(labelSmoothing: 0.1) : .meanSquaredError(weight: 2, target: 1.5)
      options.spectralDecoupling = spectralDecoupling
      options.featureDecay = featureDecay
      return try CurvatureProblem(
        try SmallNetworks.named(network), parameters: parameters, runningMoments: moments,
        inputs: inputs, labels: labels, options: options, includesPenalties: true,
        statistics: statistics == "running" ? .running : .batch(size: labels.count, seed: 0))
    }
  }

  static let goldens: [Golden] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Goldens/goldens.json")
    return try! JSONDecoder().decode([Golden].self, from: Data(contentsOf: file))
  }()

  /// Arrays by name as one vector.
  private func flat(_ arrays: [String: [Double]], _ layout: ParameterLayout) -> [Double] {
    layout.parts.flatMap { arrays[$0.parameter.name]! }
  }

  private func difference(_ a: [Double], _ b: [Double]) -> Double {
    guard a.count == b.count else { return .infinity }
    let scale = b.reduce(0) { max($0, $1.magnitude) }
    return zip(a, b).reduce(0) { max($0, ($1.0 - $1.1).magnitude) } / scale
  }

  @Test(arguments: goldens) func sameAsPyTorch(_ golden: Golden) throws {
    let problem = try golden.problem()
    let curvature = try NetworkCurvature(problem)
    let v = flat(golden.direction, problem.layout)
    func expected(_ arrays: [String: [Double]]) -> [Double] { flat(arrays, problem.layout) }
    #expect(abs(curvature.loss - golden.value) <= 1e-10 * abs(golden.value))
    #expect(difference(curvature.gradient, expected(golden.gradient)) <= 1e-10)
    let hessian = try curvature.hessianProduct(v)
    #expect(difference(hessian, expected(golden.hessian)) <= 1e-10)
    let gaussNewton = try curvature.gaussNewtonProduct(v)
    #expect(difference(gaussNewton, expected(golden.gaussNewton)) <= 1e-10)
    let tangent = try curvature.jacobianProduct(v)
    #expect(difference(tangent.elements, golden.tangent) <= 1e-10)
    let transposed = try curvature.transposedJacobianProduct(
      Matrix(rows: golden.labels.count, columns: 3, elements: golden.cotangent))
    #expect(difference(transposed, expected(golden.transposed)) <= 1e-10)
  }

  /// The base pass kept or made anew, in blocks of any size, on any number of threads.
  @Test(arguments: goldens.filter { $0.statistics == "running" })
  func sameForBlocksAndThreads(_ golden: Golden) throws {
    var problem = try golden.problem()
    let v = flat(golden.direction, problem.layout)
    let whole = try NetworkCurvature(problem).hessianProduct(v)
    for size in [1, 5] {
      problem.blockSize = size
      problem.threads = 1
      let one = try NetworkCurvature(problem).hessianProduct(v)
      #expect(difference(one, whole) <= 1e-12, "blocks of \(size)")
      for threads in [2, 3] {
        problem.threads = threads
        let several = try NetworkCurvature(problem).hessianProduct(v)
        #expect(several == one, "blocks of \(size) on \(threads) threads")
      }
    }
  }

  /// What a product takes is found by asking for ever less, until it is refused.
  @Test func memoryDecidesNothing() throws {
    let golden = Self.goldens.first { $0.network == "residual" && $0.statistics == "running" }!
    var problem = try golden.problem()
    problem.blockSize = 2
    problem.threads = 2
    let v = flat(golden.direction, problem.layout)
    let kept = try NetworkCurvature(problem)
    #expect(kept.keepsActivations)
    let expected = try (kept.hessianProduct(v), kept.gaussNewtonProduct(v), kept.logits())
    problem.memoryLimit = 200_000
    let scarce = try NetworkCurvature(problem)
    #expect(!scarce.keepsActivations)
    #expect(try scarce.hessianProduct(v) == expected.0)
    #expect(try scarce.gaussNewtonProduct(v) == expected.1)
    #expect(try scarce.logits() == expected.2)
    problem.memoryLimit = 1000
    let error = #expect(throws: CurvatureError.self) { _ = try NetworkCurvature(problem) }
    #expect(error?.kind == .usage)
    #expect(error?.description.contains("of 1000 bytes that may be used") == true)
  }

  @Test(arguments: goldens) func productsAreSymmetric(_ golden: Golden) throws {
    let curvature = try NetworkCurvature(try golden.problem())
    #expect(try OperatorCheck(of: Hessian(curvature)).asymmetry <= 1e-12)
    #expect(try OperatorCheck(of: GaussNewton(curvature)).asymmetry <= 1e-12)
  }
}

/// The networks of the goldens.
enum SmallNetworks {
  static func named(_ name: String) throws -> Architecture {
    switch name {
    case "dense":
      try Architecture(
        [
          .init("a", Dense(outputs: 5)), .init("r", ReLU()), .init("d", Dropout()),
          .init("b", Dense(outputs: 3, bias: false)),
        ], input: [4])
    case "normalized":
      try Architecture(
        [
          .init("a", Dense(outputs: 5)), .init("n", BatchNormalization()), .init("r", ReLU()),
          .init("b", Dense(outputs: 5)), .init("l", LayerNormalization()), .init("r2", ReLU()),
          .init("n2", BatchNormalization(scale: false, shift: false)),
          .init("c", Dense(outputs: 3)),
        ], input: [4])
    case "maps":
      try Architecture(
        [
          .init("a", Convolution(outputs: 3, window: Window(3, padding: 1))),
          .init("n", BatchNormalization()), .init("r", ReLU()),
          .init("p", MaxPooling(Window(2, stride: 2, padding: 1))),
          .init(
            "b", Convolution(outputs: 2, window: Window(2, stride: 2, padding: 1), bias: false)),
          .init("l", LayerNormalization()), .init("r2", ReLU()), .init("f", Flatten()),
          .init("c", Dense(outputs: 3)),
        ], input: [2, 5, 5])
    default:
      try Architecture(
        [
          .init("a", Convolution(outputs: 3, window: Window(3, padding: 1))), .init("r", ReLU()),
          .init(
            "x",
            Residual(
              body: [
                .init(
                  "e",
                  Convolution(outputs: 4, window: Window(3, stride: 2, padding: 1), bias: false)
                ),
                .init("en", BatchNormalization()), .init("er", ReLU()),
                .init("h", Convolution(outputs: 4, window: Window(3, padding: 1), bias: false)),
                .init("hn", BatchNormalization()),
              ],
              shortcut: [
                .init("s", Convolution(outputs: 4, window: Window(1, stride: 2), bias: false)),
                .init("sn", BatchNormalization()),
              ])),
          .init(
            "y",
            Residual(
              body: [
                .init("in", BatchNormalization()), .init("ir", ReLU()),
                .init("ic", Convolution(outputs: 4, window: Window(1))),
              ], rectifies: false)),
          .init("p", AveragePooling(Window(2, padding: 1))), .init("g", GlobalAveragePooling()),
          .init("c", Dense(outputs: 3)),
        ], input: [2, 6, 6])
    }
  }
}
