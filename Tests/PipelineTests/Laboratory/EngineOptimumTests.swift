import CollapseCore
import Datasets
import Laboratory
import LinearAlgebra
import Networks
import Predictions
import Testing
import Training

/// The training engine, in single precision, reaches the optima that the laboratory solves for.
@Suite struct EngineOptimumTests {
  /// The options that a chain is trained with: all samples in a step, its decays by layer.
  private func options(_ chain: FeatureChain, epochs: Int, rate: Double) -> TrainingOptions {
    var options = TrainingOptions()
    options.epochs = epochs
    options.batchSize = chain.sampleCount
    options.optimizer = .sgd(momentum: 0.9)
    options.learningRate = LearningRate(initial: rate)
    options.loss = chain.loss == .crossEntropy ? .crossEntropy() : .meanSquaredError(halved: true)
    options.weightDecay = WeightDecay(
      coefficient: 1, classifier: chain.weightDecays.last, bias: chain.biasDecay,
      layers: [LayerDecay("features", chain.featureDecay)]
        + chain.weightDecays.dropLast().enumerated().map {
          LayerDecay("hidden.\($0.offset)", $0.element)
        })
    options.evaluation.everyEpochs = 250
    options.stop.gradientNorm = 1e-6
    return options
  }

  private func network(_ chain: FeatureChain) -> NetworkDescription {
    var layers = [LayerDescription("features", Embedding(outputs: chain.widths[0]))]
    if chain.featuresAreNonNegative { layers.append(LayerDescription("positive", ReLU())) }
    for (index, width) in chain.widths.dropFirst().enumerated() {
      layers.append(LayerDescription("hidden.\(index)", Dense(outputs: width, bias: false)))
      if chain.activation == .relu { layers.append(LayerDescription("relu.\(index)", ReLU())) }
    }
    layers.append(
      LayerDescription(
        "classifier", Dense(outputs: chain.classCount, bias: chain.biasDecay != nil)))
    return NetworkDescription(kind: "custom", layers: layers)
  }

  private func samples(_ counts: [Int]) throws -> LabeledPoints {
    var dataset = FreeFeatures()
    dataset.counts = counts
    return try dataset.generate(threads: 1).train
  }

  /// The names of a chain's groups in the engine's network.
  private func arrayNames(_ chain: FeatureChain) -> [String] {
    ["features/weight"] + (0..<chain.depth - 1).map { "hidden.\($0)/weight" }
      + ["classifier/weight"] + (chain.biasDecay == nil ? [] : ["classifier/bias"])
  }

  /// A chain's parameters as the engine's: its first layer is dimensions × samples.
  private func arrays(_ point: [Double], of chain: FeatureChain) -> NamedTensors {
    var arrays = NamedTensors()
    for (name, group) in zip(arrayNames(chain), chain.groups) {
      let values = Array(point[group.range])
      let rows =
        name == "features/weight"
        ? chain.sampleCount : group.name == "b" ? 1 : values.count / inputs(of: group, chain)
      let matrix = Matrix(rows: rows, columns: values.count / rows, elements: values)
      let stored = name == "features/weight" ? matrix.transposed : matrix
      arrays[name] = Tensor(
        shape: group.name == "b" ? [values.count] : [stored.rows, stored.columns],
        values: stored.elements.map { Float($0) })
    }
    return arrays
  }

  private func inputs(of group: FeatureChain.Group, _ chain: FeatureChain) -> Int {
    chain.widths[(Int(group.name.dropFirst()) ?? 1) - 1]
  }

  private func point(_ checkpoint: NamedTensors, of chain: FeatureChain) throws -> [Double] {
    try arrayNames(chain).flatMap { name in
      let values = try #require(checkpoint["parameters/\(name)"]).values.map(Double.init)
      guard name == "features/weight" else { return values }
      return Matrix(rows: chain.widths[0], columns: chain.sampleCount, elements: values)
        .transposed.elements
    }
  }

  /// The chain's loss where the engine ended, and what the engine says of it.
  private func train(
    _ chain: FeatureChain, epochs: Int, rate: Double, from start: [Double]? = nil
  ) throws -> (loss: Double, said: Double) {
    let trainer = try Trainer(
      network: network(chain), options: options(chain, epochs: epochs, rate: rate),
      training: samples(chain.classCounts), initial: start.map { arrays($0, of: chain) })
    let end = try trainer.run().checkpoint
    var gradient = [Double](repeating: 0, count: try ChainObjective(chain).dimension)
    let loss = try ChainObjective(chain).value(at: point(end, of: chain), gradient: &gradient)
    return (loss, try #require(trainer.metrics?.regularizedLoss))
  }

  @Test(arguments: [0.1, 0.5])
  func crossEntropyOfFreeFeatures(strength: Double) throws {
    let (classCount, perClass) = (3, 2)
    // c = K√(nλ_Wλ_H), with λ_W = 4λ_H.
    let feature = strength / Double(classCount) / Double(perClass).squareRoot() / 2
    let predicted = CrossEntropyFeatures(
      classCount: classCount, perClass: perClass, weightDecay: 4 * feature, featureDecay: feature)
    let chain = FeatureChain(
      classCounts: Array(repeating: perClass, count: classCount), widths: [5], loss: .crossEntropy,
      featureDecay: feature, weightDecays: [4 * feature])
    let trained = try train(chain, epochs: 3000, rate: 0.3)
    let solved = try LimitedMemoryBFGS().minimize(
      ChainObjective(chain), from: chain.start(seed: 1)
    ).value
    #expect(abs(trained.loss / solved - 1) < 1e-5)
    #expect(abs(trained.said / trained.loss - 1) < 1e-5)
    #expect(abs(solved / predicted.loss - 1) < 1e-9)
  }

  /// Features behind a ReLU, of classes of one size and of two.
  ///
  /// The rate is below (1−√μ)²/λ_H: entries that the ReLU cut off have no gradient but that of their
  /// decay, and come back to zero from below. At larger rates they swing through it, the gradient of the
  /// loss throws them out again, and the descent never rests: in double precision as in single it stays
  /// a relative 1e−5 to 5e−4 above the optimum. The laboratory's L-BFGS has no momentum.
  @Test(arguments: [([2, 2, 2], 0.1), ([2, 2, 2], 0.5), ([8, 8, 3, 3], 0.2)])
  func crossEntropyOfFeaturesThatAreNotNegative(counts: [Int], strength: Double) throws {
    let least = Double(counts.min()!)
    let feature = strength / Double(counts.count) / least.squareRoot() / 2
    let predicted = NonNegativeFeatures(
      classCounts: counts, weightDecay: 4 * feature, featureDecay: feature)
    let chain = FeatureChain(
      classCounts: counts, widths: [2 * counts.count], loss: .crossEntropy,
      featuresAreNonNegative: true, featureDecay: feature, weightDecays: [4 * feature])
    let objective = try ChainObjective(chain)
    let minima = try (1...8).map { seed in
      try LimitedMemoryBFGS().minimize(objective, from: chain.start(seed: seed))
    }
    let solved = try #require(minima.best).value
    #expect(abs(solved / predicted.loss - 1) < 1e-9)
    // One start that leaves no class without features.
    let seed = try #require(minima.firstIndex { $0.value < solved * (1 + 1e-9) })
    let root = 1 - 0.9.squareRoot()
    let rate = 0.9 * root * root / feature
    #expect(
      !CollapseRate(learningRate: rate, momentum: 0.9, featureDecay: feature).oscillates)
    let trained = try train(
      chain, epochs: 6000, rate: rate, from: chain.start(seed: UInt64(seed + 1)))
    #expect(abs(trained.loss / solved - 1) < 1e-5)
    #expect(abs(trained.said / trained.loss - 1) < 1e-5)
  }

  /// Classes of two sizes, of which the smaller move together, and those where they have merged.
  @Test(arguments: [8, 18])
  func crossEntropyOfTwoSizes(ratio: Int) throws {
    let predicted = ImbalancedFeatures(
      majorityClasses: 2, majorityCount: 2 * ratio, minorityClasses: 2, minorityCount: 2,
      weightDecay: 0.02, featureDecay: 0.02
    ).optimum()
    let chain = FeatureChain(
      classCounts: [2 * ratio, 2 * ratio, 2, 2], widths: [6], loss: .crossEntropy,
      featureDecay: 0.02, weightDecays: [0.02])
    let trained = try train(chain, epochs: 3000, rate: 0.3)
    let solved = try LimitedMemoryBFGS().minimize(
      ChainObjective(chain), from: chain.start(seed: 1)
    ).value
    #expect(abs(trained.loss / solved - 1) < 1e-5)
    #expect(abs(solved / predicted.loss - 1) < 1e-6)
  }

  @Test(arguments: [nil, 0.02, 0.3])
  func squaredErrorWithBias(biasDecay: Double?) throws {
    let (classCount, perClass, weight, feature) = (4, 2, 0.02, 0.01)
    let predicted = SquaredErrorFeatures(
      classCount: classCount, perClass: perClass, weightDecay: weight, featureDecay: feature,
      bias: biasDecay.map { .decay($0) } ?? .none)
    let chain = FeatureChain(
      classCounts: Array(repeating: perClass, count: classCount), widths: [6],
      featureDecay: feature, weightDecays: [weight], biasDecay: biasDecay)
    let trained = try train(chain, epochs: 4000, rate: 0.3)
    let solved = try LimitedMemoryBFGS().minimize(
      ChainObjective(chain), from: chain.start(seed: 1)
    ).value
    #expect(abs(trained.loss / solved - 1) < 1e-5)
    #expect(abs(trained.said / trained.loss - 1) < 1e-5)
    #expect(abs(solved / predicted.loss - 1) < 1e-9)
  }

  /// Two and three layers behind each other from one start, with a decay of its own for each.
  @Test(arguments: [2, 3])
  func deepChain(depth: Int) throws {
    let (classCount, perClass) = (2, 2)
    let decays = (0..<depth).map { 0.04 + 0.01 * Double($0) }
    let feature = 0.03
    let chain = FeatureChain(
      classCounts: Array(repeating: perClass, count: classCount),
      widths: Array(repeating: 6, count: depth), activation: .relu, featureDecay: feature,
      weightDecays: decays)
    let predicted = DeepFeatures(
      depth: depth, decayProduct: decays.reduce(Double(perClass) * feature, *),
      spread: Double(classCount))
    let objective = try ChainObjective(chain)
    let minima = try (1...12).map { seed in
      try LimitedMemoryBFGS().minimize(objective, from: chain.start(seed: seed))
    }
    let seed = try #require(minima.firstIndex { $0.value == minima.map(\.value).min() })
    let solved = minima[seed].value
    #expect(abs(solved / predicted.loss - 1) < 1e-6)
    // From a point on the way, so that both descend into one valley.
    let first = chain.start(seed: UInt64(seed + 1))
    let start = zip(first, minima[seed].point).map { 0.3 * $0 + 0.7 * $1 }
    let trained = try train(chain, epochs: 12_000, rate: 0.1, from: start)
    #expect(abs(trained.loss / solved - 1) < 1e-5)
    #expect(abs(trained.said / trained.loss - 1) < 1e-5)
  }

  @Test(arguments: [false, true])
  func contrastiveFeatures(isNonNegative: Bool) throws {
    let (counts, dimension, temperature) = ([3, 3, 3], isNonNegative ? 6 : 4, 0.5)
    var options = TrainingOptions()
    options.epochs = 3000
    options.batchSize = 9
    options.learningRate = LearningRate(initial: 1)
    options.loss = .supervisedContrastive(temperature: temperature)
    options.evaluation.everyEpochs = 3000
    let network = NetworkDescription(
      kind: "custom",
      layers: [LayerDescription("features", Embedding(outputs: dimension))]
        + (isNonNegative ? [LayerDescription("positive", ReLU())] : [])
        + [LayerDescription("classifier", Dense(outputs: 3, bias: false))])
    let objective = try ContrastiveObjective(
      classCounts: counts, featureDimension: dimension, temperature: temperature,
      isNonNegative: isNonNegative)
    let start = Matrix(rows: 9, columns: dimension, elements: objective.start(seed: 1)).transposed
    var initial = NamedTensors()
    initial["features/weight"] = Tensor(
      shape: [dimension, 9], values: start.elements.map { Float($0) })
    let end = try Trainer(
      network: network, options: options, training: samples(counts), initial: initial
    ).run().checkpoint
    let values = try #require(end["parameters/features/weight"]).values.map(Double.init)
    let features = Matrix(rows: dimension, columns: 9, elements: values).transposed.elements
    var gradient = [Double](repeating: 0, count: objective.dimension)
    let trained = objective.value(at: features, gradient: &gradient)
    let solved = try LimitedMemoryBFGS().minimize(objective, from: objective.start(seed: 1)).value
    #expect(abs(trained / solved - 1) < 1e-5)
  }
}
