import LinearAlgebra

/// The second pass before it begins, whether rows are read, a part of them, or handed over: how they
/// are cut, and what they are compared with.
struct SecondPass {
  /// From the last stripe to the first.
  let partition: RowPartition
  /// The rows that decide on the method for a spectrum, where any have to.
  let sample: [RowPartition.Stripe]?
  private let plan: ScatterPlan
  private let droppingNonFinite: Bool

  init(_ analysis: Analysis, about frame: MeansFrame, _ shape: RowShape) throws {
    plan = try frame.plan()
    // A pass that begins where the first ended finds the last rows in the cache.
    partition =
      shape.partition(
        classes: analysis.statistics.labels.count, products: plan.factors?.count ?? 0
      ).reversed
    sample = SpectrumPlan.sample(partition, analysis.statistics)
    droppingNonFinite = analysis.dropped > 0
  }

  func pass(_ spectrum: SpectrumPlan?) -> ScatterPass {
    ScatterPass(
      plan: plan, blockRows: partition.blockRows, droppingNonFinite: droppingNonFinite,
      spectrum: spectrum)
  }
}
