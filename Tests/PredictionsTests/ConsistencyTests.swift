import CollapseCore
import LibC
import LinearAlgebra
import Predictions
import Testing

/// Closed forms against each other: where two describe one thing they agree to 1e−9.
@Suite struct ConsistencyTests {
  private static let tolerance = 1e-9

  @Test(arguments: [0.02, 0.3, 0.9])
  func oneLayerIsTheModelWithoutBias(strength: Double) throws {
    let (k, n) = (6, 4)
    // c = K√(nλ²)
    let decay = strength / (Double(k) * 2)
    let shallow = SquaredErrorFeatures(
      classCount: k, perClass: n, weightDecay: decay, featureDecay: decay, bias: .none)
    let deep = DeepFeatures(
      depth: 1, decayProduct: Double(n) * decay * decay, spread: Double(k))
    #expect(abs(shallow.loss - deep.loss) < Self.tolerance)
    #expect(abs(try #require(deep.output) - (1 - strength)) < Self.tolerance)
    #expect(abs(try #require(deep.groupPenalty) - shallow.groupPenalty) < Self.tolerance)
  }

  @Test(arguments: [2, 3, 4, 5])
  func atTheThresholdCollapseCostsAsMuchAsZero(depth: Int) throws {
    let at = DeepFeatures(depth: depth, classCount: 5, shareOfThreshold: 1)
    #expect(abs(try #require(at.localLoss) - 0.5) < Self.tolerance)
    #expect(abs(try #require(at.output) - Double(depth - 1) / Double(depth)) < 1e-7)
    let ladder = (0...5).compactMap {
      DeepFeatures(depth: depth, classCount: 5, shareOfThreshold: 0.2)
        .ladder(learned: $0, of: 5)
    }
    #expect(ladder.first == 0.5 && ladder == ladder.sorted(by: >))
  }

  @Test(arguments: [0.1, 0.6])
  func theBiasGoesFromOneEndToTheOther(strength: Double) throws {
    let k = 4
    func model(_ bias: SquaredErrorFeatures.Bias) -> SquaredErrorFeatures {
      let decay = strength / Double(k)
      return SquaredErrorFeatures(
        classCount: k, perClass: 1, weightDecay: decay, featureDecay: decay, bias: bias)
    }
    let threshold = model(.none).biasDecayThreshold
    // Loss, bias and cosine are continuous at the threshold.
    let (before, after) = (model(.decay(threshold)), model(.decay(threshold * (1 + 1e-12))))
    #expect(abs(before.loss - after.loss) < Self.tolerance)
    #expect(abs(before.biasValue - after.biasValue) < Self.tolerance)
    #expect(abs(try #require(before.meanCosine) - (try #require(after.meanCosine))) < 1e-7)
    #expect(abs(try #require(before.meanCosine) + 1 / Double(k - 1)) < Self.tolerance)
    // A bias that costs more and more is none in the end.
    let far = model(.decay(1e12))
    #expect(abs(far.loss - model(.none).loss) < Self.tolerance)
    #expect(abs(try #require(far.meanCosine)) < Self.tolerance)
    #expect(abs(far.biasValue) < Self.tolerance)
  }

  @Test func classesOfOneSizeAreTheBalancedModel() {
    let balanced = CrossEntropyFeatures(
      classCount: 5, perClass: 3, weightDecay: 2e-3, featureDecay: 5e-3, isNonNegative: true)
    let general = NonNegativeFeatures(
      classCounts: [3, 3, 3, 3, 3], weightDecay: 2e-3, featureDecay: 5e-3)
    #expect(abs(balanced.loss - general.loss) < Self.tolerance)
    #expect(abs(balanced.squaredFeatureNorm - general.squaredFeatureNorms[0]) < Self.tolerance)
    #expect(abs(balanced.logitGap - general.logitGaps[4]) < Self.tolerance)
  }

  @Test func groupsOfOneSizeAreASimplex() throws {
    let groups = ContrastiveFeatures.groups(size: 3, larger: 4, smaller: 4, temperature: 0.3)
    let simplex = try #require(
      ContrastiveFeatures(classCounts: [4, 4, 4, 4, 4, 4], temperature: 0.3).simplexLoss)
    #expect(abs(groups.loss - simplex) < Self.tolerance)
    for cosine in [groups.majority, groups.minority, groups.cross] {
      #expect(abs(cosine + 0.2) < 1e-6)
    }
  }

  @Test func imbalanceOfOneIsTheBalancedModel() throws {
    let balanced = CrossEntropyFeatures(
      classCount: 4, perClass: 6, weightDecay: 4e-3, featureDecay: 1e-2)
    let program = ImbalancedFeatures(
      majorityClasses: 2, majorityCount: 6, minorityClasses: 2, minorityCount: 6,
      weightDecay: 4e-3, featureDecay: 1e-2
    ).optimum()
    #expect(abs(program.loss - balanced.loss) < Self.tolerance)
    // λ_H‖H‖² over 24 samples.
    #expect(abs(program.groupPenalty - 1e-2 * 24 * balanced.squaredFeatureNorm) < 1e-8)
    #expect(abs(try #require(program.minorityCosine) + 1.0 / 3) < 1e-6)
    #expect(abs(try #require(program.majorityCosine) + 1.0 / 3) < 1e-6)
  }

  @Test(arguments: [(2, 6, 2), (3, 5, 1)])
  func singularValuesOfSimplexLabels(m: Int, larger: Int, smaller: Int) throws {
    let k = 2 * m
    let counts = (0..<k).map { $0 < m ? larger : smaller }
    let labels = counts.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element) }
    var encoded = Matrix(rows: k, columns: labels.count, repeating: -1 / Double(k))
    for (sample, label) in labels.enumerated() { encoded[label, sample] += 1 }
    let interpolation = SimplexInterpolation(
      groupSize: m, majorityCount: larger, minorityCount: smaller)
    let expected = interpolation.singularValues
      .flatMap { Array(repeating: $0.value, count: $0.multiplicity) }.sorted(by: >)
    let found = try encoded.singularValues()
    for (a, b) in zip(expected, found) { #expect(abs(a - b) < Self.tolerance) }
    // WWᵀ is the square root of ẐẐᵀ.
    let (values, vectors) = try encoded.timesTransposed(encoded).symmetricEigenproblem()
    // One eigenvalue is zero; the root of what rounding leaves of it would be 1e−8.
    let roots = values.map { $0 > 1e-12 ? $0.squareRoot() : 0 }
    func element(_ i: Int, _ j: Int) -> Double {
      (0..<k).reduce(0) { $0 + roots[$1] * vectors[$1, i] * vectors[$1, j] }
    }
    let gram = interpolation.classifierGram
    for i in 0..<k {
      for j in 0..<k { #expect(abs(element(i, j) - gram[i, j]) < Self.tolerance) }
    }
    let minority = try #require(interpolation.minorityCosine)
    let majority = try #require(interpolation.majorityCosine)
    #expect(abs(element(k - 1, k - 2) / element(k - 1, k - 1) - minority) < Self.tolerance)
    #expect(abs(element(0, 1) / element(0, 0) - majority) < Self.tolerance)
  }

  /// The certificate that the singular vectors of simplex-encoded labels are the optimum of the largest
  /// margin: VUᵀ is positive at every sample's own class and negative elsewhere.
  @Test(arguments: [(2, 6, 2), (2, 10, 1), (3, 5, 1)])
  func dualOfSimplexLabels(m: Int, larger: Int, smaller: Int) throws {
    let k = 2 * m
    let labels = (0..<k).flatMap { Array(repeating: $0, count: $0 < m ? larger : smaller) }
    var encoded = Matrix(rows: k, columns: labels.count, repeating: -1 / Double(k))
    for (sample, label) in labels.enumerated() { encoded[label, sample] += 1 }
    let (values, vectors) = try encoded.timesTransposed(encoded).symmetricEigenproblem()
    for (sample, label) in labels.enumerated() {
      for row in 0..<k {
        // Σ v_i v_iᵀ Ẑ/s_i, of the singular values that are not zero.
        let element = (0..<k).filter { values[$0] > 1e-9 }.reduce(0.0) { sum, index in
          let product = (0..<k).reduce(0) { $0 + vectors[index, $1] * encoded[$1, sample] }
          return sum + vectors[index, row] * product / values[index].squareRoot()
        }
        #expect(row == label ? element > 1e-6 : element < -1e-6)
      }
    }
  }

  @Test(arguments: [(0.01, 0.9, 0.02), (0.02, 0.0, 0.1), (0.5, 0.9, 0.1)])
  func rateIsThatOfTheRecursion(rate: Double, momentum: Double, decay: Double) {
    let predicted = CollapseRate(learningRate: rate, momentum: momentum, featureDecay: decay)
    var (value, velocity, least) = (1.0, 0.0, 1.0)
    var passed: [Double] = []
    for _ in 0..<400 {
      velocity = momentum * velocity - rate * decay * value
      value += velocity
      least = min(least, value)
      passed.append(value)
    }
    #expect((least < 0) == predicted.oscillates)
    guard !predicted.oscillates else { return }
    #expect(abs(passed[399] / passed[398] - predicted.factor) < 1e-6)
    // For small steps the rate is 2ηλ_H/(1−μ).
    let limit = 2 * rate * decay / (1 - momentum)
    #expect(abs(predicted.variabilityRate / limit - 1) < 0.1)
    #expect(abs(exp(-predicted.variabilityRate * predicted.steps(to: 1e-3)) - 1e-3) < 1e-12)
  }

  @Test func separationIsEvenInTheMiddle() {
    // A symmetric binomial: one half at D = m/2 and up by one coefficient.
    let below = SeparationProbability.ofOneClass(dimension: 29, sampleCount: 40, perClass: 20)
    let above = SeparationProbability.ofOneClass(dimension: 30, sampleCount: 40, perClass: 20)
    #expect(below < 0.5 && abs(below + above - 1) < 1e-12)
    // Σ_{j<10} C(20, j)/2^20.
    #expect(abs(below - 431_910 / 1_048_576.0) < 1e-12)
    let exact = SeparationProbability.ofOneClass(dimension: 30, sampleCount: 41, perClass: 20)
    #expect(SeparationProbability.evenDimension(sampleCount: 41, perClass: 20) == 30)
    #expect(abs(exact - 0.5) < 1e-12)
    #expect(SeparationProbability.ofOneClass(dimension: 19, sampleCount: 40, perClass: 20) == 0)
    #expect(SeparationProbability.ofOneClass(dimension: 40, sampleCount: 40, perClass: 20) == 1)
  }

  @Test(arguments: [2, 3, 4, 5])
  func aClassOfOnePartIsWhole(depth: Int) throws {
    let chain = DeepFeatures(depth: depth, classCount: 4, shareOfThreshold: 0.2)
    let whole = try #require(chain.localLoss)
    for layers in 1..<depth {
      let one = try #require(SplitClass(parts: [1], splitLayers: layers, of: chain))
      #expect(abs(one.loss - whole) < Self.tolerance)
      #expect(abs(one.outputs[0] - (try #require(chain.output))) < Self.tolerance)
      let none = try #require(SplitClass(parts: [], splitLayers: layers, of: chain))
      #expect(none.loss == 0.5 && none.outputs.isEmpty)
      // Parts cost more than the whole, and the more the longer they are apart.
      guard let two = SplitClass(parts: [0.7, 0.3], splitLayers: layers, of: chain) else {
        continue
      }
      #expect(two.loss > whole + 1e-3 && two.outputs[0] > two.outputs[1])
      if layers > 1, let before = SplitClass(parts: [0.7, 0.3], splitLayers: layers - 1, of: chain)
      {
        #expect(two.loss > before.loss)
      }
    }
    #expect(
      SplitClass(
        parts: [0.5, 0.5], splitLayers: 1,
        of: DeepFeatures(depth: depth, decayProduct: 1, spread: 4)) == nil)
  }

  /// What a ReLU cuts off before it costs nothing up to b = a/(K−1): (a+b)I − bJ has the nuclear norm Ka.
  @Test(arguments: [0, 0.4, 1, 1.5])
  func entriesBelowZeroAreFreeUpToALimit(share: Double) throws {
    let (k, a) = (5, 0.7)
    let b = share * a / Double(k - 1)
    var matrix = Matrix(rows: k, columns: k, repeating: -b)
    for index in 0..<k { matrix[index, index] = a }
    let norm = try matrix.singularValues().reduce(0, +)
    #expect(abs(norm - Double(k) * a - 2 * a * max(0, share - 1)) < Self.tolerance)
  }

  /// Bayes' rule between two classes is Φ(s), and one of many is guessed without a signal.
  @Test func bestAccuracy() {
    for signal in [0, 0.5, 1, 2.5] {
      let two = SimplexMixture.bayesAccuracy(classCount: 2, signal: signal)
      #expect(abs(two - erfc(-signal / 2.0.squareRoot()) / 2) < Self.tolerance)
    }
    #expect(abs(SimplexMixture.bayesAccuracy(classCount: 7, signal: 0) - 1.0 / 7) < Self.tolerance)
  }
}
