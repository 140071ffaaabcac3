import CollapseCore
import Laboratory
import LibC
import Reporting

/// The norms of the groups of a chain's parameters beside what is predicted of them.
enum GroupNorms {
  /// An observation for each group but the bias.
  ///
  /// - Parameter penalty: λ_g‖θ_g‖² by the closed form, the same for every group; `nil` where there is
  ///   none for this solution.
  static func observe(
    _ solution: Observation, _ state: ChainState, predicted penalty: Double?, as part: String
  ) -> [Observation] {
    zip(state.chain.groups, state.penalties).map { group, found in
      solution.detail(
        part, at: ["group": .word(group.name)],
        [
          ("norm", (found / group.decay).squareRoot()),
          ("predicted_norm", penalty.map { ($0 / group.decay).squareRoot() }),
          ("penalty", found), ("predicted_penalty", penalty),
          ("stationary_penalty", state.expectedPenalty),
        ])
    }
  }

  /// The claim that groups have the norms of the closed form, of those with one.
  static func claim(
    _ groups: [Observation], axes: [String], paper: Paper, _ statement: String, of solutions: String
  ) -> TestedClaim {
    TestedClaim(
      "norms", paper, statement,
      test: "\(solutions): ‖θ_g‖ of the features and of every layer within a relative 1e−3.",
      checks: groups.filter { $0["predicted_norm"].isFinite }.groups(by: axes + ["group"]).map {
        group in
        PredictionCheck(
          (axes + ["group"]).map { ($0, group[0].text($0)) }, measured: group.values("norm"),
          predicted: group.map { $0["predicted_norm"] }.reduce(0, +) / Double(group.count),
          deviation: group.map(deviation).largest, tolerance: 1e-3)
      }, of: "‖θ_g‖", deviation: "largest deviation",
      caption: "Norms of features and layers, mean and 95 % interval over starts")
  }

  /// Relative, and of a norm that should be zero in itself.
  private static func deviation(_ group: Observation) -> Double {
    let predicted = group["predicted_norm"]
    return abs(group["norm"] - predicted) / (predicted > 0 ? predicted : 1)
  }

  static let definitions: [LaboratoryReport.Definition] = [
    .init("group", "Features H or a layer's weights W_l: what has one decay λ_g."),
    .init("penalty", "What a group pays, twice its part of the loss.", formula: "λ_g‖θ_g‖²"),
    .init(
      "stationary_penalty", "What every group pays at any stationary point.",
      formula: "T = −Σ ⟨∂ℓ/∂z_i, z_i⟩"),
  ]
}
