import CollapseCore
import Laboratory
import LinearAlgebra
import Networks
import Predictions
import Testing
import Training

/// The training engine, in single precision, reaches the optimum that the laboratory solves for.
@Suite struct EngineOptimumTests {
  /// Samples that are one unit vector each: a first layer without a bias then holds the features, and
  /// its weight decay is theirs.
  private func unitVectors(classCount: Int, perClass: Int) -> LabeledPoints {
    let count = classCount * perClass
    return LabeledPoints(
      dimension: count,
      coordinates: (0..<count * count).map { $0 / count == $0 % count ? 1 : 0 },
      labels: (0..<count).map { Int32($0 / perClass) },
      classNames: (0..<classCount).map { "class \($0)" })
  }

  @Test(arguments: [0.1, 0.5])
  func crossEntropyOfFreeFeatures(strength: Double) throws {
    let (classCount, perClass, dimension) = (3, 2, 5)
    // c = K√(nλ²)
    let decay = strength / Double(classCount) / Double(perClass).squareRoot()
    var options = TrainingOptions()
    options.epochs = 1500
    options.batchSize = classCount * perClass
    options.seed = 3
    options.optimizer = .sgd(momentum: 0.9)
    options.learningRate = LearningRate(initial: 0.3)
    options.weightDecay = WeightDecay(coefficient: decay, appliesTo: .weights)
    options.evaluation.everyEpochs = 1500
    let network = NetworkDescription(
      kind: "custom",
      layers: [
        LayerDescription("features.0", Dense(outputs: dimension, bias: false)),
        LayerDescription("classifier", Dense(outputs: classCount, bias: false)),
      ])
    let samples = unitVectors(classCount: classCount, perClass: perClass)
    let end = try Trainer(network: network, options: options, training: samples).run().checkpoint
    func weights(_ place: String) throws -> [Double] {
      try #require(end["parameters/\(place)/weight"]).values.map(Double.init)
    }
    // Its first layer is outputs × samples; the laboratory has a row per sample.
    let count = classCount * perClass
    let first = Matrix(rows: dimension, columns: count, elements: try weights("features.0"))
    let point = first.transposed.elements + (try weights("classifier"))

    let chain = FeatureChain(
      classCounts: Array(repeating: perClass, count: classCount), widths: [dimension],
      loss: .crossEntropy, featureDecay: decay, weightDecays: [decay])
    let objective = try ChainObjective(chain)
    var gradient = [Double](repeating: 0, count: point.count)
    let trained = objective.value(at: point, gradient: &gradient)
    let solved = try LimitedMemoryBFGS().minimize(objective, from: chain.start(seed: 1)).value
    let predicted = CrossEntropyFeatures(
      classCount: classCount, perClass: perClass, weightDecay: decay, featureDecay: decay
    ).loss
    #expect(abs(trained / solved - 1) < 1e-5)
    #expect(abs(solved / predicted - 1) < 1e-9)
  }
}
