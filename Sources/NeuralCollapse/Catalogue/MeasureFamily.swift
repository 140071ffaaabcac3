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
  /// The family being evaluated.
  var family: [Measure] = []
  var perClass: [String: [Double?]] = [:]
  var perPair: [String: [[Double?]]] = [:]
  var extremePairs: [String: [PairValue]] = [:]
  var series: [String: [Double]] = [:]
  var warnings: [String] = []

  /// The value of a measure.
  subscript(measure: Measure) -> Double? {
    get { measurements[measure.key]?.value }
    set {
      if let value = newValue { record(.value(value), of: measure) }
    }
  }

  /// Records why measures have no value.
  mutating func undefined(_ measures: [Measure], _ reason: String) {
    for measure in measures { record(.undefined(reason), of: measure) }
  }

  /// Records what was found of a measure: a value that is no finite number is none.
  mutating func record(_ measurement: Measurement, of measure: Measure) {
    precondition(
      family.contains { $0.key == measure.key }, "\(measure.key) is of another family")
    if case .value(let value) = measurement, !value.isFinite {
      measurements[measure.key] = .undefined("not a finite number in double precision")
    } else {
      measurements[measure.key] = measurement
    }
  }
}
