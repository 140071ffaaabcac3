import CollapseCore
import Files
import FoundationEssentials
import Networks
import NeuralCollapse
public import Reporting
import Training

extension RunRecord {
  /// The record of a run of a pipeline.
  init(
    _ configuration: RunConfiguration, name: String, data: DataFacts, state: State = .finished,
    history: [EpochRecord], measurements: [MeasurementRecord], projection: FeatureProjection?,
    folder: RunFolder
  ) throws {
    self.init(
      name: name, facts: try RunFacts(configuration, data: data), state: state, history: history,
      measurements: measurements, projection: projection, paths: [folder.path])
  }

  /// Writes the record as JSON: a run's `measures.json`.
  func write(to path: String) throws {
    try AtomicFile.write(MeasuresFile(StudyReport(title: name, runs: [self])).json.text, to: path)
  }

  /// Takes over what the stage `curvature` left in a run's folder, where it did.
  mutating func addCurvature(in folder: RunFolder) throws {
    guard FileManager.default.fileExists(atPath: folder.curvature) else { return }
    curvature = try CurvatureFile.read(folder.curvature)
  }

  /// The record in a run's `measures.json`.
  public static func read(_ path: String) throws -> RunRecord {
    let runs = try RecordFile.read(path).report.runs
    guard runs.count == 1 else {
      throw FileError.unexpected(
        "the measures of a run", found: "those of \(runs.count)", in: path)
    }
    return runs[0]
  }
}
