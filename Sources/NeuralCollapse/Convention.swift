/// The five choices on which published code disagrees; a named convention sets all five.
public struct Convention: Sendable, Hashable, Codable {
  /// What the global mean μ_G is.
  public enum Centering: String, Sendable, Hashable, Codable, CaseIterable {
    /// The mean of the class means.
    case classMeans = "class-means"
    /// The mean of all samples.
    case samples
  }
  /// How samples are weighted in the within-class covariance Σ_W.
  public enum WithinWeights: String, Sendable, Hashable, Codable, CaseIterable {
    /// 1/N each.
    case samples
    /// 1/(C n_c) each: the average of the classes' covariances.
    case classes
  }
  /// How class means are weighted in the between-class covariance Σ_B.
  public enum BetweenWeights: String, Sendable, Hashable, Codable, CaseIterable {
    /// 1/C each.
    case classes
    /// n_c/N each.
    case samples
  }
  /// How the standard deviation of norms is taken.
  public enum Deviation: String, Sendable, Hashable, Codable, CaseIterable {
    /// Divided by n.
    case population
    /// Divided by n − 1.
    case sample
  }

  /// `standard`, `papyan`, `zhu`, `he-su`, `he-su-balanced`, or `custom`.
  public var name: String
  /// What the global mean μ_G is.
  public var centering: Centering
  /// How samples are weighted in Σ_W.
  public var withinWeights: WithinWeights
  /// How class means are weighted in Σ_B.
  public var betweenWeights: BetweenWeights
  /// Whether `nc1_pinv` is tr(Σ_W Σ_B⁺)/C rather than tr(Σ_W Σ_B⁺).
  public var dividesByClassCount: Bool
  /// How the standard deviation of norms is taken.
  public var normDeviation: Deviation

  enum CodingKeys: String, CodingKey {
    case name, centering
    case withinWeights = "within_weights"
    case betweenWeights = "between_weights"
    case dividesByClassCount = "divides_by_class_count"
    case normDeviation = "norm_deviation"
  }

  /// Five choices under a name; for some changes to a named convention see `replacing`.
  public init(
    name: String, centering: Centering, withinWeights: WithinWeights,
    betweenWeights: BetweenWeights, dividesByClassCount: Bool, normDeviation: Deviation
  ) {
    self.name = name
    self.centering = centering
    self.withinWeights = withinWeights
    self.betweenWeights = betweenWeights
    self.dividesByClassCount = dividesByClassCount
    self.normDeviation = normDeviation
  }

  /// Means of class means, per-sample within, per-class between, divided by C.
  public static let standard = Convention(
    name: "standard", centering: .classMeans, withinWeights: .samples, betweenWeights: .classes,
    dividesByClassCount: true, normDeviation: .population)

  /// The notebook of Papyan, Han & Donoho, PNAS 2020.
  public static let papyan = Convention(
    name: "papyan", centering: .classMeans, withinWeights: .samples, betweenWeights: .classes,
    dividesByClassCount: false, normDeviation: .sample)

  /// Zhu et al., NeurIPS 2021.
  public static let zhu = Convention(
    name: "zhu", centering: .samples, withinWeights: .samples, betweenWeights: .classes,
    dividesByClassCount: true, normDeviation: .sample)

  /// He & Su, PNAS 2023, for imbalanced data.
  public static let heSu = Convention(
    name: "he-su", centering: .samples, withinWeights: .samples, betweenWeights: .samples,
    dividesByClassCount: false, normDeviation: .population)

  /// He & Su, PNAS 2023, each class weighing the same.
  public static let heSuBalanced = Convention(
    name: "he-su-balanced", centering: .samples, withinWeights: .classes,
    betweenWeights: .classes, dividesByClassCount: false, normDeviation: .population)

  /// The named conventions, the default first.
  public static let named: [Convention] = [.standard, .papyan, .zhu, .heSu, .heSuBalanced]

  /// The named convention, or `nil` when there is none of that name.
  public static func named(_ name: String) -> Convention? { named.first { $0.name == name } }

  /// This convention with some choices replaced, under the name of the convention that makes the
  /// same choices, or `custom`.
  public func replacing(
    centering: Centering? = nil, withinWeights: WithinWeights? = nil,
    betweenWeights: BetweenWeights? = nil, dividesByClassCount: Bool? = nil,
    normDeviation: Deviation? = nil
  ) -> Convention {
    var result = self
    if let centering { result.centering = centering }
    if let withinWeights { result.withinWeights = withinWeights }
    if let betweenWeights { result.betweenWeights = betweenWeights }
    if let dividesByClassCount { result.dividesByClassCount = dividesByClassCount }
    if let normDeviation { result.normDeviation = normDeviation }
    // Its own name first: a convention that changed nothing keeps it.
    for candidate in [self] + Convention.named {
      var renamed = result
      renamed.name = candidate.name
      if renamed == candidate { return renamed }
    }
    result.name = "custom"
    return result
  }

  /// The five choices in the words of the command line: `global mean: class-means, within:
  /// samples, between: classes, nc1_pinv over C: yes, deviation: population`.
  public var choices: String {
    "global mean: \(centering.rawValue), within: \(withinWeights.rawValue), "
      + "between: \(betweenWeights.rawValue), nc1_pinv over C: \(dividesByClassCount ? "yes" : "no"), "
      + "deviation: \(normDeviation.rawValue)"
  }

  /// The name where it says everything; a custom convention with its choices.
  public var statement: String { name == "custom" ? "custom (\(choices))" : name }
}
