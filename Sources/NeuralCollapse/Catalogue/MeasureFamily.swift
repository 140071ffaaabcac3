/// Measures that are evaluated together: their entries in the catalogue and how they come from
/// what the passes over the rows left.
struct MeasureFamily: Sendable {
  let measures: [Measure]
  let evaluate: @Sendable (CollapseSummary, inout Findings) throws -> Void

  /// Every family, in the order of the catalogue: a new measure is registered here.
  static let all: [MeasureFamily] = [
    .variability, .meansGeometry, .uncentredMeansGeometry, .weightsGeometry, .duality, .decision,
    .outOfDistribution,
    .cosines, .uncentredCosines, .spectrum, .classSpectra, .fewShot, .localElasticity, .loss,
    .squaredError, .nearOptimality,
    .regularizedOptimum, .regression,
  ]
}

/// What the families found, until it becomes a report.
struct Findings: Sendable {
  private(set) var measurements: [String: Measurement] = [:]
  /// The keys of the family being evaluated.
  var family: [String] = []
  var perClass: [String: [Double?]] = [:]
  var perPair: [String: [[Double?]]] = [:]
  var extremePairs: [String: [PairValue]] = [:]
  var series: [String: [Double]] = [:]
  var warnings: [String] = []

  /// Records the value of `key`, or why a value that is no finite number has none.
  subscript(key: String) -> Double? {
    get { measurements[key]?.value }
    set {
      guard let value = newValue else { return }
      measurements[key] =
        value.isFinite ? .value(value) : .undefined("not a finite number in double precision")
    }
  }

  /// Records why measures have no value.
  mutating func undefined(_ keys: [String], _ reason: String) {
    for key in keys { measurements[key] = .undefined(reason) }
  }
}
