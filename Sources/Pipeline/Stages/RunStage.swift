import CollapseCore
import Files

/// One thing that is done in the folder of a run.
///
/// A new stage is one file with a conformance, and one line in ``RunStages/registry``.
protocol RunStage: Sendable {
  static var stage: Stage { get }

  /// Changes whenever the stage's code changes what it computes, so that old outputs are redone.
  static var version: String { get }

  /// The stage whose outputs it reads, and on which alone its own depend; `nil` for the one before,
  /// where the next one reads on from this.
  static var source: Stage? { get }

  /// Whether a run of this configuration has the stage.
  static func belongs(to configuration: RunConfiguration) -> Bool

  /// Everything about the configuration that the outputs depend on, beside what the stages before
  /// made.
  static func options(of configuration: RunConfiguration, _ data: DataFacts) -> any Encodable

  /// Whether it reads the run's samples.
  static var readsSamples: Bool { get }

  /// Bytes of the files it writes.
  static func outputBytes(_ estimate: ResourceEstimate) -> Int

  /// Does it.
  ///
  /// - Returns: the files it wrote; `nil` when it was interrupted.
  static func perform(_ context: StageContext) throws -> [String]?
}

extension RunStage {
  static func belongs(to configuration: RunConfiguration) -> Bool { true }
  static var source: Stage? { nil }
  static var readsSamples: Bool { false }
  static func outputBytes(_ estimate: ResourceEstimate) -> Int { 0 }
}

/// What a stage has to work with.
struct StageContext {
  let run: RunExecution
  /// What the stages before have done.
  let manifest: RunManifest

  var configuration: RunConfiguration { run.configuration }
  var folder: RunFolder { run.folder }

  /// The outputs in `subfolder` of an earlier stage.
  ///
  /// Those of an earlier configuration may lie beside them; they are not this one's.
  func outputs(of stage: Stage, in subfolder: String, to purpose: String) throws -> [String] {
    let files = (manifest.stages[stage.rawValue]?.outputs ?? [])
      .map { "\(folder.path)/\($0.path)" }
      .filter { $0.hasPrefix(subfolder + "/") }
    guard !files.isEmpty else {
      throw FileError(
        kind: .missingInput, operation: purpose, path: subfolder,
        reason: "there are none; the stage '\(stage.rawValue)' makes them")
    }
    return files
  }
}
