import CollapseCore
import Curvature
import LibC
import LinearAlgebra
import Networks
import Testing

/// Products against what is known of them on paper.
@Suite struct ClosedForms {
  /// A network with normal weights on normal samples.
  private func problem(
    _ layers: [LayerDescription], input: Shape, samples: Int, classes: Int,
    options: TrainingOptions = TrainingOptions(), seed: UInt64 = 1,
    statistics: CurvatureProblem.Statistics = .running
  ) throws -> CurvatureProblem {
    let architecture = try Architecture(layers, input: input)
    return try CurvatureProblem(
      architecture, parameters: Draw.parameters(of: architecture, seed: seed),
      inputs: Draw.normals(samples * input.elementCount, seed: seed + 100),
      labels: (0..<samples).map { Int32($0 % classes) }, options: options,
      includesPenalties: true, statistics: statistics)
  }

  @Test func softmaxRegression() throws {
    let (d, classes, count) = (5, 4, 9)
    let problem = try problem(
      [.init("c", Dense(outputs: classes, bias: false))], input: [d], samples: count,
      classes: classes)
    let curvature = try NetworkCurvature(problem)
    let logits = try curvature.logits()
    var expected = Matrix(rows: classes * d, columns: classes * d)
    var trace = 0.0
    for sample in 0..<count {
      let x = problem.inputs[sample * d..<(sample + 1) * d].map { $0 }
      let p = softmax(logits.row(sample))
      trace += (1 - dot(p[...], p[...])) * dot(x[...], x[...]) / Double(count)
      for (a, b) in pairs(classes) {
        let factor = ((a == b ? p[a] : 0) - p[a] * p[b]) / Double(count)
        for (i, j) in pairs(d) { expected[a * d + i, b * d + j] += factor * x[i] * x[j] }
      }
    }
    let hessian = try Hessian(curvature).matrix()
    #expect(largestDifference(hessian, expected) <= 1e-15)
    #expect(largestDifference(try GaussNewton(curvature).matrix(), expected) <= 1e-15)
    let found = (0..<classes * d).reduce(0) { $0 + hessian[$1, $1] }
    #expect(abs(found - trace) <= 1e-14)
    // The same vector added to every row of W changes no probability.
    let values = try hessian.symmetricEigenproblem().values
    let ofGauge = values.prefix(d).map(abs).max()!
    #expect(ofGauge <= 1e-14)
    #expect(values[d] > 1e-6)
  }

  /// Hv = (2/C)(W2ᵀDS + V2ᵀR, DSW1ᵀ + RV1ᵀ), D = W2V1 + V2W1; of G the terms with R are left out.
  @Test func linearNetworkOfTwoLayers() throws {
    let (d, h, classes, count) = (4, 3, 2, 7)
    var options = TrainingOptions()
    options.loss = .meanSquaredError()
    let problem = try problem(
      [
        .init("a", Dense(outputs: h, bias: false)),
        .init("b", Dense(outputs: classes, bias: false)),
      ],
      input: [d], samples: count, classes: classes, options: options)
    let curvature = try NetworkCurvature(problem)
    let w1 = Matrix(rows: h, columns: d, elements: Array(problem.parameters[..<(h * d)]))
    let w2 = Matrix(rows: classes, columns: h, elements: Array(problem.parameters[(h * d)...]))
    let x = Matrix(rows: count, columns: d, elements: problem.inputs)
    let s = try x.transposed.timesTransposed(x.transposed) * (1 / Double(count))
    var residual = try x.timesTransposed(w1).timesTransposed(w2)
    for (sample, label) in problem.labels.enumerated() { residual[sample, Int(label)] -= 1 }
    let r = try residual.transposed.timesTransposed(x.transposed) * (1 / Double(count))
    let v = Draw.normals(problem.parameters.count, seed: 9)
    let v1 = Matrix(rows: h, columns: d, elements: Array(v[..<(h * d)]))
    let v2 = Matrix(rows: classes, columns: h, elements: Array(v[(h * d)...]))
    let change = try w2.times(v1) + v2.times(w1)
    let linear = try [w2.transposed.times(change).times(s), change.times(s).times(w1.transposed)]
    let curved = try [v2.transposed.times(r), r.times(v1.transposed)]
    let factor = 2 / Double(classes)
    let gaussNewton = linear.flatMap { ($0 * factor).elements }
    let hessian = zip(linear, curved).flatMap { (($0 + $1) * factor).elements }
    #expect(largestDifference(try curvature.gaussNewtonProduct(v), gaussNewton) <= 1e-13)
    #expect(largestDifference(try curvature.hessianProduct(v), hessian) <= 1e-13)
  }

  /// Euler's relation for L layers without biases: Jθ = Lz, θᵀGθ = L² mean zᵀAz and
  /// θᵀ(H−G)θ = L(L−1) mean ⟨∂ℓ/∂z, z⟩.
  @Test(arguments: [2, 3, 5]) func homogeneousNetworks(_ depth: Int) throws {
    let classes = 4
    let hidden = (1..<depth).flatMap { index -> [LayerDescription] in
      [.init("a\(index)", Dense(outputs: 6, bias: false)), .init("r\(index)", ReLU())]
    }
    let problem = try problem(
      hidden + [.init("c", Dense(outputs: classes, bias: false))], input: [5], samples: 11,
      classes: classes)
    let curvature = try NetworkCurvature(problem)
    let theta = problem.parameters
    let z = try curvature.logits()
    let scaled = z.elements.map { Double(depth) * $0 }
    #expect(largestDifference(try curvature.jacobianProduct(theta).elements, scaled) <= 1e-12)
    var (curved, slope) = (0.0, 0.0)
    for (sample, label) in problem.labels.enumerated() {
      let (row, p) = (z.row(sample), softmax(z.row(sample)))
      let mean = dot(p[...], row)
      for (index, value) in row.enumerated() {
        curved += p[index] * value * (value - mean) / 11
        slope += (p[index] - (index == Int(label) ? 1 : 0)) * value / 11
      }
    }
    let length = Double(depth)
    let gaussNewton = dot(theta[...], try curvature.gaussNewtonProduct(theta)[...])
    let hessian = dot(theta[...], try curvature.hessianProduct(theta)[...])
    let scale = abs(gaussNewton) + abs(hessian)
    #expect(abs(gaussNewton - length * length * curved) <= 1e-12 * scale)
    #expect(abs(hessian - gaussNewton - length * (length - 1) * slope) <= 1e-12 * scale)
  }

  /// A network of ReLUs is linear in each layer by itself: the diagonal blocks of H are those of G,
  /// and the others are not.
  @Test func layerBlocksOfReLUNetworks() throws {
    let problem = try problem(
      [
        .init("a", Dense(outputs: 6)), .init("r", ReLU()), .init("b", Dense(outputs: 5)),
        .init("s", ReLU()), .init("c", Dense(outputs: 3)),
      ], input: [4], samples: 13, classes: 3)
    let curvature = try NetworkCurvature(problem)
    let (hessian, gaussNewton) = try (
      Hessian(curvature).matrix(), GaussNewton(curvature).matrix()
    )
    for (name, range) in problem.layout.layers {
      for i in range {
        for j in range {
          #expect(abs(hessian[i, j] - gaussNewton[i, j]) <= 1e-15, "\(name) \(i) \(j)")
        }
      }
    }
    #expect(largestDifference(hessian, gaussNewton) > 1e-2)
    let block = DiagonalBlock(Hessian(curvature), problem.layout.layers[1].range)
    let range = problem.layout.layers[1].range
    let part = try block.matrix()
    for i in range {
      for j in range {
        #expect(part[i - range.lowerBound, j - range.lowerBound] == hessian[i, j])
      }
    }
  }

  /// What stands before a normalization by a batch's moments may be of any length:
  /// g·W = 0, HW = −g on its block and 0 elsewhere, WᵀHW = 0.
  @Test func scaleInvariantWeights() throws {
    let problem = try problem(
      [
        .init("a", Dense(outputs: 5, bias: false)), .init("n", BatchNormalization(epsilon: 0)),
        .init("r", ReLU()), .init("c", Dense(outputs: 3)),
      ], input: [4], samples: 16, classes: 3, statistics: .batch(size: 16, seed: 3))
    let curvature = try NetworkCurvature(problem)
    let range = problem.layout.layers[0].range
    var w = [Double](repeating: 0, count: curvature.dimension)
    for index in range { w[index] = problem.parameters[index] }
    let product = try curvature.hessianProduct(w)
    var expected = [Double](repeating: 0, count: curvature.dimension)
    for index in range { expected[index] = -curvature.gradient[index] }
    #expect(largestDifference(product, expected) <= 1e-14)
    #expect(abs(dot(curvature.gradient[...], w[...])) <= 1e-14)
    #expect(abs(dot(product[...], w[...])) <= 1e-14)
  }

  /// A gate that is known only in training is nothing by running moments; by moments of batches the loss is
  /// another where it takes running ones, and refused.
  @Test func gatedNormalization() throws {
    func problem(
      _ gate: NormalizationGate?, _ statistics: CurvatureProblem.Statistics
    ) throws -> CurvatureProblem {
      let architecture = try Architecture(
        [
          .init("a", Dense(outputs: 5)), .init("n", BatchNormalization(gate: gate)),
          .init("r", ReLU()), .init("c", Dense(outputs: 3)),
        ], input: [4])
      return try CurvatureProblem(
        architecture, parameters: Draw.parameters(of: architecture, seed: 1),
        runningMoments: [
          "n/running_mean": Draw.normals(5, seed: 2),
          "n/running_var": Draw.normals(5, seed: 3).map { $0 * $0 + 0.1 },
        ], inputs: Draw.normals(64, seed: 4), labels: (0..<16).map { Int32($0 % 3) },
        options: TrainingOptions(), includesPenalties: true, statistics: statistics)
    }
    func product(
      _ gate: NormalizationGate?, _ statistics: CurvatureProblem.Statistics
    ) throws -> [Double] {
      let curvature = try NetworkCurvature(problem(gate, statistics))
      return try curvature.hessianProduct(Draw.normals(curvature.dimension, seed: 5))
    }
    let closing = NormalizationGate(threshold: -2)
    let skipping = NormalizationGate(threshold: -2, normalizesBy: .batch)
    let batches = CurvatureProblem.Statistics.batch(size: 8, seed: 1)
    for gate in [closing, skipping] {
      #expect(try product(gate, .running) == product(nil, .running))
    }
    #expect(try product(skipping, batches) == product(nil, batches))
    let error = #expect(throws: CurvatureError.self) { try product(closing, batches) }
    #expect(error?.kind == .usage && error?.description.contains("'n'") == true)
  }

  /// The classifier's block where features are the corners of a simplex of length s and own
  /// classes have probability a, b = (1−a)/(C−1), ℓ = a(1−a)C/(C−1): s²ℓ/(C−1) once,
  /// s²(b+(C−2)ℓ)/(C−1)² for C−1, s²b/(C−1) for (C−1)²−C directions, and 0.
  @Test(arguments: [3, 4, 10]) func collapsedClassifier(_ classes: Int) throws {
    let (s, a) = (1.7, 0.9)
    let c = Double(classes)
    let b = (1 - a) / (c - 1)
    let l = a * (1 - a) * c / (c - 1)
    let length = s * (c / (c - 1)).squareRoot()
    let means = (0..<classes * classes).map { index -> Double in
      let unit = index / classes == index % classes ? 1.0 : 0.0
      return length * (unit - 1 / c)
    }
    let gap = log(a / b) * (c - 1) / (c * s * s)
    let values = try spectrum(classes, features: means, weights: means.map { gap * $0 })
    let counts = [1, classes - 1, (classes - 1) * (classes - 1) - classes]
    let square = s * s / (c - 1)
    let levels = [square * l, square * (b + (c - 2) * l) / (c - 1), square * b]
    expect(values, are: levels, counts)
    if classes == 4 {
      #expect(abs(levels[0] - 0.1156) <= 1e-12)
      #expect(abs(levels[1] - 0.0877703704) <= 1e-10)
      #expect(abs(levels[2] - 0.0321111111) <= 1e-10)
    }
  }

  /// The same at orthogonal means: s²a(1−a)/(C−1) for C and s²b/C for C(C−2) directions, whose
  /// ratio is aC.
  @Test(arguments: [3, 4, 10]) func orthogonalMeans(_ classes: Int) throws {
    let (s, a) = (1.7, 0.9)
    let c = Double(classes)
    let b = (1 - a) / (c - 1)
    let means = (0..<classes * classes).map { index -> Double in
      index / classes == index % classes ? s : 0
    }
    let gap = log(a / b) / (s * s)
    let values = try spectrum(classes, features: means, weights: means.map { gap * $0 })
    let levels: [Double] = [s * s * a * (1 - a) / (c - 1), s * s * b / c]
    expect(values, are: levels, [classes, classes * (classes - 2)])
    #expect(abs(levels[0] / levels[1] - a * c) <= 1e-12)
  }

  private func spectrum(
    _ classes: Int, features: [Double], weights: [Double]
  ) throws -> [Double] {
    let problem = try CurvatureProblem(
      try Architecture([.init("c", Dense(outputs: classes, bias: false))], input: [classes]),
      parameters: ["c/weight": weights], inputs: features, labels: (0..<classes).map(Int32.init),
      options: TrainingOptions(), includesPenalties: false)
    return try Hessian(NetworkCurvature(problem)).matrix().symmetricEigenproblem().values
      .reversed()
  }

  private func expect(_ values: [Double], are levels: [Double], _ counts: [Int]) {
    let nonzero = zip(levels, counts).flatMap { Array(repeating: $0, count: max(0, $1)) }
      .sorted(by: >)
    let expected = nonzero + Array(repeating: 0, count: values.count - nonzero.count)
    #expect(largestDifference(values, expected) <= 1e-14)
  }

  /// Means over batches of any size, a short last one among them, are means over samples.
  @Test(arguments: [1, 5, 7, 16]) func batchesAreWeightedBySize(_ size: Int) throws {
    let layers: [LayerDescription] = [
      .init("a", Dense(outputs: 6)), .init("r", ReLU()), .init("c", Dense(outputs: 3)),
    ]
    let whole = try NetworkCurvature(problem(layers, input: [4], samples: 16, classes: 3))
    let cut = try NetworkCurvature(
      problem(
        layers, input: [4], samples: 16, classes: 3, statistics: .batch(size: size, seed: 1)))
    let v = Draw.normals(whole.dimension, seed: 5)
    #expect(
      largestDifference(try cut.hessianProduct(v), try whole.hessianProduct(v)) <= 1e-13)
  }

  /// Weight decay adds λ on the parameters that decay.
  @Test func weightDecay() throws {
    var options = TrainingOptions()
    options.weightDecay = WeightDecay(coefficient: 0.3, appliesTo: .weights)
    let layers: [LayerDescription] = [.init("c", Dense(outputs: 3))]
    let plain = try NetworkCurvature(problem(layers, input: [4], samples: 8, classes: 3))
    let decayed = try NetworkCurvature(
      problem(layers, input: [4], samples: 8, classes: 3, options: options))
    let v = Draw.normals(plain.dimension, seed: 5)
    var expected = try plain.hessianProduct(v)
    for index in 0..<12 { expected[index] += 0.3 * v[index] }
    #expect(largestDifference(try decayed.hessianProduct(v), expected) <= 1e-15)
    let weights = plain.problem.parameters[..<12]
    #expect(abs(decayed.loss - plain.loss - 0.15 * dot(weights, weights)) <= 1e-14)
  }
}
