import CollapseCore
import Laboratory
import Reporting

/// A quantity of every layer of a chain: a column of what is observed of layers.
///
/// A new one is a value here, and its place in ``all``.
struct LayerMeasure: Sendable {
  let name: String
  let sentence: String
  let formula: String
  /// At M_l, l from 1: features, or what W_{l−1} gives.
  let value: @Sendable (_ state: ChainState, _ layer: Int) throws -> Double

  static let all = [
    variability, meanCosine, cosineDeviation, largestCosine, normSpread, weightsOutsideMeans, rank,
  ]

  static let variability = LayerMeasure(
    name: "nc1", sentence: "Variability within classes over that between their means: DNC1.",
    formula: "Σ‖σ(m)−μ_c‖² / Σ n_c‖μ_c−μ‖²"
  ) { $0.geometry(enteringLayer: $1).variability }

  static let meanCosine = LayerMeasure(
    name: "cosine", sentence: "Mean cosine between class means, not centred.",
    formula: "mean ⟨μ_c, μ_c'⟩ / (‖μ_c‖‖μ_c'‖)"
  ) { $0.geometry(enteringLayer: $1).meanCosine }

  static let cosineDeviation = LayerMeasure(
    name: "cosine_deviation", sentence: "The deviation of these cosines.",
    formula: "std ⟨μ_c, μ_c'⟩ / (‖μ_c‖‖μ_c'‖)"
  ) { $0.geometry(enteringLayer: $1).cosineDeviation }

  static let largestCosine = LayerMeasure(
    name: "largest_cosine",
    sentence: "The largest of their magnitudes: 0 in an orthogonal frame, DNC2.",
    formula: "max |⟨μ_c, μ_c'⟩| / (‖μ_c‖‖μ_c'‖)"
  ) { $0.geometry(enteringLayer: $1).cosineDistance(from: 0) }

  static let normSpread = LayerMeasure(
    name: "norm_spread",
    sentence: "The largest norm of a class mean over the smallest, less 1: DNC2.",
    formula: "max ‖μ_c‖ / min ‖μ_c‖ − 1"
  ) { $0.geometry(enteringLayer: $1).normSpread }

  static let weightsOutsideMeans = LayerMeasure(
    name: "weights_outside_means",
    sentence: "What of the next weights lies outside the span of the class means: DNC3.",
    formula: "‖W_l(I−Π)‖ / ‖W_l‖"
  ) { try $0.weightsOutsideMeans(ofLayer: $1) }

  static let rank = LayerMeasure(
    name: "rank",
    sentence:
      "Singular values of the class means, not centred and before a ReLU, above a hundredth of the "
      + "largest.",
    formula: "#{i : s_i(M_l) > s_1(M_l)/100}"
  ) { Double(try $0.rank(ofLayer: $1)) }
}

extension Observation {
  /// Every measure of the layers of a chain, after activations, an observation for each.
  func layers(
    of state: ChainState, as part: String, from first: Int = 1,
    measures: [LayerMeasure] = LayerMeasure.all
  ) throws -> [Observation] {
    try (first...max(first, state.chain.depth)).map { layer in
      detail(
        part, at: ["layer": .number(Double(layer))],
        try measures.map { ($0.name, try $0.value(state, layer)) })
    }
  }
}

extension LaboratoryReport.Definition {
  /// What is observed of layers.
  static let ofLayers =
    [
      Self(
        "layer", "l from 1: features, then what enters W_l, after its activation.")
    ] + LayerMeasure.all.map { Self($0.name, $0.sentence, formula: $0.formula) }
}
