/// What a run is made of, in order; each stage reads what the ones before wrote.
public enum Stage: String, Sendable, CaseIterable, Codable {
  /// Samples → checkpoints and `metrics.csv`.
  case train
  /// Checkpoints → feature files.
  case extract
  /// Feature files → `measures.json`.
  case analyze
  /// The measures of all runs → the report.
  case report

  /// Raised whenever the stage's code changes what it computes, so that old outputs are redone.
  var version: Int {
    switch self {
    case .train: 2
    case .extract: 1
    case .analyze: 3
    case .report: 1
    }
  }
}
