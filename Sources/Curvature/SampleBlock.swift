import CollapseCore
import LinearAlgebra
import Networks

/// The network over one block of samples: what its base pass leaves behind, and the products that
/// start from there.
final class SampleBlock {
  private let problem: CurvatureProblem
  let samples: [Int]
  /// All layers but the last.
  private let body: [any BlockLayer]
  private let classifier: LinearLayer
  /// z, a row for each sample.
  private(set) var logits: Rows!

  /// - Throws: ``CurvatureError`` for a kind of layer that is not known here.
  init(_ problem: CurvatureProblem, _ samples: [Int]) throws {
    self.problem = problem
    self.samples = samples
    var builder = BlockBuilder(problem)
    let layers = try builder.layers(problem.architecture.layers)
    guard let classifier = layers.last as? LinearLayer else {
      throw CurvatureError(
        kind: .usage, operation: "take the curvature of the network",
        reason: "its last layer is no dense one, which classifies")
    }
    body = Array(layers.dropLast())
    self.classifier = classifier
  }

  private var share: Double { 1 / Double(problem.sampleCount) }

  /// ℓ summed over the block, penalties on logits and features included where they are in; the base
  /// pass, after which all else can be asked.
  func begin(_ pass: Pass) -> Double {
    logits = classifier.forward(body.forward(input(), pass), pass)
    let cotangent = logits.copy()
    var loss = 0.0
    let decoupling = problem.spectralDecoupling
    let function = problem.objective.loss.loss
    forEachRow(cotangent) { row, label in
      let squares = row.reduce(0) { $0 + $1 * $1 }
      let values = Array(row)
      loss += function.evaluate(logits: row, label: label) + decoupling / 2 * squares
      for c in row.indices { row[c] = (row[c] + decoupling * values[c]) * share }
    }
    if problem.featureDecay > 0 {
      let h = classifier.x!
      loss += problem.featureDecay / 2 * (0..<h.count).reduce(0) { $0 + h.base[$1] * h.base[$1] }
    }
    var pass = pass
    pass.keeps = true
    backward(cotangent, pass, features: classifier.x)
    return loss
  }

  /// Jᵀ of a cotangent of the logits, and of the penalty on the features whose values or tangents
  /// are given.
  private func backward(_ cotangent: Rows, _ pass: Pass, features: Rows?) {
    guard let g = classifier.backward(cotangent, pass) else { return }
    if let features, problem.featureDecay > 0 {
      g.add(features, times: problem.featureDecay * share)
    }
    _ = body.backward(g, pass)
  }

  /// ż.
  func tangent(_ pass: Pass) -> Rows {
    classifier.tangent(body.tangent(nil, pass), pass)!  // its weights have a direction
  }

  /// Adds Hv.
  func addHessianProduct(_ pass: Pass) {
    let tangent = self.tangent(pass)
    applyLossCurvature(to: tangent)
    if let g = classifier.tangentBackward(tangent, pass) {
      if problem.featureDecay > 0, let features = classifier.xTangent {
        g.add(features, times: problem.featureDecay * share)
      }
      _ = body.tangentBackward(g, pass)
    }
    forget()
  }

  /// Adds Gv.
  func addGaussNewtonProduct(_ pass: Pass) {
    let tangent = self.tangent(pass)
    applyLossCurvature(to: tangent)
    backward(tangent, pass, features: classifier.xTangent)
    forget()
  }

  /// Adds Jᵀ of a cotangent.
  func addTransposedJacobianProduct(_ cotangent: Rows, _ pass: Pass) {
    backward(cotangent, pass, features: nil)
  }

  func forget() {
    classifier.forgetTangents()
    for layer in body { layer.forgetTangents() }
  }

  /// ż becomes (A + λ_s I) ż / N.
  private func applyLossCurvature(to tangent: Rows) {
    let function = problem.objective.loss.loss
    var index = 0
    forEachRow(tangent) { row, label in
      let penalized = problem.spectralDecoupling
      let before = penalized == 0 ? [] : Array(row)
      function.applyCurvature(
        logits: UnsafeBufferPointer(
          start: logits.base + index * logits.columns, count: logits.columns),
        label: label, to: row)
      for c in row.indices {
        row[c] = (row[c] + (penalized == 0 ? 0 : penalized * before[c])) * share
      }
      index += 1
    }
  }

  private func forEachRow(
    _ rows: Rows, _ body: (UnsafeMutableBufferPointer<Double>, _ label: Int) -> Void
  ) {
    for (index, sample) in samples.enumerated() {
      body(
        UnsafeMutableBufferPointer(start: rows.base + index * rows.columns, count: rows.columns),
        Int(problem.labels[sample]))
    }
  }

  /// The block's samples, maps with their channels innermost.
  private func input() -> Rows {
    let shape = problem.architecture.input
    let size = shape.elementCount
    let channels = shape.rank == 3 ? shape[0] : size
    let pixels = size / max(channels, 1)
    let result = Rows(samples.count * pixels, channels)
    problem.inputs.withUnsafeBufferPointer { inputs in
      for (index, sample) in samples.enumerated() {
        let (source, target) = (inputs.baseAddress! + sample * size, result.base + index * size)
        for channel in 0..<channels {
          for pixel in 0..<pixels {
            target[pixel * channels + channel] = source[channel * pixels + pixel]
          }
        }
      }
    }
    return result
  }
}

/// Makes the layers of a block from a network's.
private struct BlockBuilder {
  private let problem: CurvatureProblem
  /// Whether a layer before the next one is trained.
  private var isTrained = false

  init(_ problem: CurvatureProblem) { self.problem = problem }

  mutating func layers(_ places: [PlacedLayer]) throws -> [any BlockLayer] {
    try places.map { try layer($0) }
  }

  private mutating func layer(_ place: PlacedLayer) throws -> any BlockLayer {
    let passesBack = isTrained
    isTrained = isTrained || place.parameterCount > 0
    func start(_ name: String) -> Int? { problem.layout.start(of: place.name, name) }
    func patches(_ window: Window) -> Patches {
      Patches(
        window, on: place.input,
        places: place.output.rank == 3 ? place.output : [place.output[0], 1, 1])
    }
    switch place.description.layer {
    case let layer as Dense:
      return LinearLayer(
        outputs: layer.outputs, weight: start("weight")!, bias: start("bias"), patches: nil,
        passesBack: passesBack)
    case let layer as Embedding:
      return LinearLayer(
        outputs: layer.outputs, weight: start("weight")!, bias: nil, patches: nil,
        passesBack: passesBack)
    case let layer as Convolution:
      return LinearLayer(
        outputs: layer.outputs, weight: start("weight")!, bias: start("bias"),
        patches: patches(layer.window), passesBack: passesBack)
    case is ReLU: return RectifierLayer()
    case let layer as Tanh: return SmoothLayer(layer)
    case let layer as Softplus: return SmoothLayer(layer)
    case let layer as GELU: return SmoothLayer(layer)
    case is Dropout: return IdentityLayer()
    case is Flatten: return place.input.rank == 3 ? FlatteningLayer(place.input) : IdentityLayer()
    case let layer as MaxPooling: return MaxPoolingLayer(patches(layer.window))
    case let layer as AveragePooling: return AveragePoolingLayer(patches(layer.window))
    case is GlobalAveragePooling:
      return AveragePoolingLayer(patches(Window(kernel: Array(place.input.dimensions[1...]))))
    case let layer as BatchNormalization:
      if problem.statistics != .running, layer.gate?.normalizesBy == .running {
        throw CurvatureError(
          kind: .usage,
          operation: "take the curvature of layer '\(place.name)' by moments of batches",
          reason: "its gate normalizes some batches by the running moments; by running moments the "
            + "curvature is known")
      }
      let groups: NormalizationLayer.Groups =
        problem.statistics == .running
        ? .given(
          mean: problem.runningMoments["\(place.name)/running_mean"]!,
          variance: problem.runningMoments["\(place.name)/running_var"]!) : .columns
      return NormalizationLayer(
        groups, epsilon: layer.epsilon, scale: start("weight"), shift: start("bias"),
        passesBack: passesBack)
    case let layer as LayerNormalization:
      let rows = place.input.rank == 3 ? place.input[1] * place.input[2] : 1
      return NormalizationLayer(
        .samples(rows: rows), epsilon: layer.epsilon, scale: start("weight"),
        shift: start("bias"), passesBack: passesBack)
    case let layer as Residual:
      let entry = isTrained
      let body = try layers(place.branches[0])
      let afterBody = isTrained
      isTrained = entry
      let shortcut = try layers(place.branches[1])
      isTrained = isTrained || afterBody
      return ResidualLayer(body: body, shortcut: shortcut, rectifies: layer.rectifies)
    case let layer:
      throw CurvatureError(
        kind: .usage, operation: "take the curvature of layer '\(place.name)'",
        reason: "derivatives of a layer '\(type(of: layer).kind)' are not known here")
    }
  }
}
