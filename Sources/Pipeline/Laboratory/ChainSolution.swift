import CollapseCore
import Laboratory
import LibC

/// A chain solved from one start, with what is observed of every solution.
struct ChainSolution {
  let minimum: Minimum
  let state: ChainState

  init(_ chain: FeatureChain, seed: UInt64, steps: Int, _ interruption: Interruption) throws {
    try self.init(chain, from: chain.start(seed: seed), steps: steps, interruption)
  }

  init(
    _ chain: FeatureChain, from start: [Double], steps: Int, _ interruption: Interruption
  ) throws {
    let objective = try ChainObjective(chain)
    let solver = LimitedMemoryBFGS(maximalSteps: steps)
    minimum = try solver.minimize(objective, from: start, interruption: interruption)
    state = objective.state(at: minimum.point)
  }

  /// ‖H‖.
  var featureNorm: Double {
    state.layers[0].elements.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  /// Whether there is anything to measure angles of.
  var isTrivial: Bool { state.expectedPenalty < 1e-6 }
}

extension FeatureChain {
  /// K classes of n samples, all layers of one width, and equal decays whose product is P = nλ^(L+1).
  static func balanced(
    classCount: Int, perClass: Int, width: Int, depth: Int, activation: Activation,
    decayProduct: Double
  ) -> FeatureChain {
    let decay = pow(decayProduct / Double(perClass), 1 / Double(depth + 1))
    return FeatureChain(
      classCounts: Array(repeating: perClass, count: classCount),
      widths: Array(repeating: width, count: depth), activation: activation, featureDecay: decay,
      weightDecays: Array(repeating: decay, count: depth))
  }
}
