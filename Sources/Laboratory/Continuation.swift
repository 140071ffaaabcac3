public import CollapseCore

/// A minimum followed while decays change.
public enum Continuation {
  /// A place on the way.
  public struct Place: Sendable {
    /// What P was multiplied by.
    public var factor: Double
    public var minimum: Minimum
  }

  /// From a minimum of `chain`, the minima reached when P = nλ_HΠλ_l is multiplied by each of `factors`
  /// in turn, each from the one before.
  public static func follow(
    _ chain: FeatureChain, from start: [Double], factors: [Double], solver: LimitedMemoryBFGS,
    interruption: Interruption? = nil
  ) throws -> [Place] {
    var point = start
    return try factors.map { factor in
      let objective = try ChainObjective(chain.scalingDecayProduct(by: factor))
      let minimum = try solver.minimize(objective, from: point, interruption: interruption)
      point = minimum.point
      return Place(factor: factor, minimum: minimum)
    }
  }
}
