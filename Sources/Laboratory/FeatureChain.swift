import CollapseCore
import LibC

/// Unconstrained features H₁ under a chain of layers W₁ … W_L: what is minimized.
///
///     ℓ(W_L σ(… σ(W₁ H₁)) + b, Y) + λ_H/2 ‖H₁‖² + Σ λ_l/2 ‖W_l‖² + λ_b/2 ‖b‖²
///
/// in double precision. Parameters are one vector: H₁ (a row per sample, those of a class next to each
/// other), W₁ … W_L (a row per output), b.
public struct FeatureChain: Sendable, Hashable {
  /// What stands between layers; never after the last.
  public enum Activation: String, Sendable, Hashable, Codable, CaseIterable {
    case identity
    case relu
  }

  /// How outputs are compared with labels.
  public enum Loss: String, Sendable, Hashable, Codable, CaseIterable {
    /// (1/2N)‖Z − Y‖², Y the indicators of the classes.
    case squaredError = "squared-error"
    /// The mean cross-entropy.
    case crossEntropy = "cross-entropy"
  }

  /// Samples of each class.
  public var classCounts: [Int]
  /// The dimension of the features and of the outputs of W₁ … W_{L−1}: L numbers.
  public var widths: [Int]
  public var activation: Activation
  public var loss: Loss
  /// Whether the features themselves go through a ReLU.
  public var featuresAreNonNegative: Bool
  public var featureDecay: Double
  /// λ₁ … λ_L.
  public var weightDecays: [Double]
  /// λ_b; `nil` for no bias.
  public var biasDecay: Double?

  public init(
    classCounts: [Int], widths: [Int], activation: Activation = .identity,
    loss: Loss = .squaredError, featuresAreNonNegative: Bool = false, featureDecay: Double,
    weightDecays: [Double], biasDecay: Double? = nil
  ) {
    precondition(!classCounts.isEmpty && classCounts.allSatisfy { $0 >= 1 })
    precondition(!widths.isEmpty && widths.count == weightDecays.count)
    self.classCounts = classCounts
    self.widths = widths
    self.activation = activation
    self.loss = loss
    self.featuresAreNonNegative = featuresAreNonNegative
    self.featureDecay = featureDecay
    self.weightDecays = weightDecays
    self.biasDecay = biasDecay
  }

  public var depth: Int { widths.count }
  public var classCount: Int { classCounts.count }
  public var sampleCount: Int { classCounts.reduce(0, +) }

  /// The class of each sample.
  public var labels: [Int] {
    classCounts.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element) }
  }

  /// The outputs of W_l, l from 1.
  func outputs(of layer: Int) -> Int { layer == depth ? classCount : widths[layer] }

  /// A group of parameters with one decay.
  public struct Group: Sendable, Hashable {
    /// `H`, `W1` …, `b`.
    public var name: String
    public var range: Range<Int>
    public var decay: Double
  }

  /// The groups, in the order of the parameters.
  public var groups: [Group] {
    var groups: [Group] = []
    var start = 0
    func append(_ name: String, _ count: Int, _ decay: Double) {
      groups.append(Group(name: name, range: start..<start + count, decay: decay))
      start += count
    }
    append("H", sampleCount * widths[0], featureDecay)
    for layer in 1...depth {
      append("W\(layer)", outputs(of: layer) * widths[layer - 1], weightDecays[layer - 1])
    }
    if let biasDecay { append("b", classCount, biasDecay) }
    return groups
  }

  /// All decays times the same factor, so that P = nλ_HΠλ_l becomes `factor` times as large.
  public func scalingDecayProduct(by factor: Double) -> FeatureChain {
    var chain = self
    let root = pow(factor, 1 / Double(depth + 1))
    chain.featureDecay *= root
    chain.weightDecays = weightDecays.map { $0 * root }
    return chain
  }

  /// A start drawn from a seed: normal numbers, every group but the bias, which is zero, scaled to
  /// λ_g‖θ_g‖² = `penalty`. Groups of one size of penalty are what every stationary point has.
  ///
  /// Features behind a ReLU start above zero: where it leaves none of a class, no gradient brings them
  /// back.
  public func start(seed: UInt64, penalty: Double = 0.25) -> [Double] {
    start(seed: seed) { group, normal in
      (penalty / group.decay / normal.reduce(0) { $0 + $1 * $1 }).squareRoot()
    }
  }

  /// A start as networks have it, whatever the decays: weights of variance 2 over their inputs, features
  /// of squared norm 1 on average.
  ///
  /// Source of the weights' variance: He et al., 2015.
  public func networkStart(seed: UInt64) -> [Double] {
    start(seed: seed) { group, _ in
      let inputs = widths[group.name == "H" ? 0 : (Int(group.name.dropFirst()) ?? 1) - 1]
      return ((group.name == "H" ? 1 : 2) / Double(inputs)).squareRoot()
    }
  }

  private func start(seed: UInt64, scale: (Group, [Double]) -> Double) -> [Double] {
    groups.flatMap { group -> [Double] in
      guard group.name != "b" else { return [Double](repeating: 0, count: group.range.count) }
      var generator = SeededGenerator(seed: seed, stream: "laboratory \(group.name)")
      var normal = group.range.map { _ in generator.normal() }
      if featuresAreNonNegative, group.name == "H" { normal = normal.map { abs($0) } }
      let scale = scale(group, normal)
      return normal.map { $0 * scale }
    }
  }
}
