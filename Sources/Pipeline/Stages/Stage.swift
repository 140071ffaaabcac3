/// What a run is made of, by name; each stage reads what the ones before wrote.
///
/// What a stage does is a ``RunStage``; the report is made of all runs together.
public struct Stage: RawRepresentable, Sendable, Hashable, Codable, CaseIterable {
  public let rawValue: String

  /// Samples → checkpoints and `metrics.csv`.
  public static let train = Stage("train")
  /// Checkpoints → feature files.
  public static let extract = Stage("extract")
  /// Feature files → `measures.json`.
  public static let analyze = Stage("analyze")
  /// Checkpoints → `curvature.json`.
  public static let curvature = Stage("curvature")
  /// The measures of all runs → the report.
  public static let report = Stage("report")

  /// Every stage, in order.
  public static let allCases = RunStages.registry.map { $0.stage } + [.report]

  init(_ name: String) { rawValue = name }

  /// The stage of that name, if there is one.
  public init?(rawValue: String) {
    guard Stage.allCases.contains(where: { $0.rawValue == rawValue }) else { return nil }
    self.init(rawValue)
  }
}

extension Stage: CustomStringConvertible {
  public var description: String { rawValue }
}
