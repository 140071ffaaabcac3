public import CollapseCore
import Datasets
import Files
import FoundationEssentials
import Training

/// What can be said of a pipeline without training: its grid, and everything wrong with it.
public struct PipelineValidation: Sendable, Encodable {
  /// Something that keeps runs from going on.
  public struct Problem: Sendable, Hashable, Encodable {
    public let kind: FailureKind
    /// The message a run would end with.
    public let message: String
    /// The runs it concerns; empty where it concerns the whole file.
    public var runs: [String]
  }

  /// A point of the grid.
  public struct Run: Sendable, Encodable {
    /// The name of its folder; the values of the grid where its data is missing.
    public let name: String
    /// The values the grid gives it, by field.
    public let gridValues: [String: String]
    /// The stages with something to do; `nil` where its data is missing.
    public let due: [Stage]?
    /// What it takes from beginning to end; `nil` where its data is missing or does not fit.
    public let estimate: ResourceEstimate?
  }

  public let file: String
  public let profile: String?
  public let name: String
  public let profiles: [String]
  public let runs: [Run]
  public private(set) var problems: [Problem] = []

  /// The gravest kind of problem there is.
  public var failure: FailureKind? {
    FailureKind.gravest(of: problems.map(\.kind))
  }

  /// Checks the pipeline at `path` and, without a choice of profile, each of its profiles.
  ///
  /// - Throws: ``ConfigurationError`` or `FileError` when the file cannot be expanded.
  public init(
    path: String, profile: String? = nil, overrides: [String] = [], runsFolder: String = "runs",
    loader: DatasetLoader
  ) throws {
    let pipeline = try PipelineFile(path: path, profile: profile, overrides: overrides)
    let text = pipeline.text
    var checker = RunChecker(loader: loader, folder: "\(runsFolder)/\(pipeline.name)")
    file = path
    self.profile = profile
    name = pipeline.name
    profiles = pipeline.profiles
    runs = pipeline.runs.map { checker.check($0) }
    if profile == nil {
      for other in pipeline.profiles {
        do {
          let varied = try PipelineFile(
            yaml: text, file: path, profile: other, overrides: overrides)
          for run in varied.runs { _ = checker.check(run, of: other) }
        } catch let error as ConfigurationError {
          checker.add(error, to: "profile \(other)")
        }
      }
    }
    if let error = checker.diskProblem(runsFolder: runsFolder) { checker.add(error, to: nil) }
    problems = checker.problems
  }

  /// The validation as a person reads it.
  public var text: String {
    var lines = [
      "\(file)\(profile.map { " --profile \($0)" } ?? ""): \(runs.count) run\(runs.count == 1 ? "" : "s") of '\(name)'"
    ]
    lines += runs.map { run in
      let due = run.due.map { $0.isEmpty ? "done" : $0.map(\.rawValue).joined(separator: ", ") }
      return "  \(run.name)" + (due.map { ": \($0)" } ?? "")
    }
    if !profiles.isEmpty, profile == nil {
      lines.append("profiles: \(profiles.joined(separator: ", "))")
    }
    for problem in problems {
      let count = problem.runs.count
      let extent = count == 0 ? "" : count == 1 ? " (\(problem.runs[0]))" : " (\(count) runs)"
      lines.append("problem: \(problem.message)\(extent)")
    }
    if problems.isEmpty { lines.append("nothing is wrong") }
    return lines.joined(separator: "\n")
  }
}

/// Checks runs one after another; data is read once, and a problem is told once.
private struct RunChecker {
  let loader: DatasetLoader
  let folder: String
  private(set) var problems: [PipelineValidation.Problem] = []
  private var loaded: [DatasetConfiguration: Result<TrainingData, any Error>] = [:]
  private var checkpointBytes = 0
  private var featureBytes = 0

  init(loader: DatasetLoader, folder: String) {
    self.loader = loader
    self.folder = folder
  }

  /// - Parameter profile: the profile the run belongs to, where it is not the one chosen.
  mutating func check(
    _ run: PipelineFile.Run, of profile: String? = nil
  ) -> PipelineValidation.Run {
    let configuration = run.configuration
    let values = run.gridValues.map { "\($0.field)=\($0.value)" }.joined(separator: " ")
    let label = (profile.map { "profile \($0): " } ?? "") + (values.isEmpty ? "the run" : values)
    let result =
      loaded[configuration.dataset] ?? Result { try loader.load(configuration.dataset) }
    loaded[configuration.dataset] = result
    var name = values.isEmpty ? "the run" : values
    var due: [Stage]?
    var estimate: ResourceEstimate?
    switch result {
    case .failure(let error): add(run.placed(error), to: label)
    case .success(let data):
      do {
        let stages = try RunStages(configuration, data: data)
        name = RunFolder.name(gridValues: run.gridValues, key: stages.train)
        let folder = RunFolder(path: "\(folder)/\(name)")
        let left = stages.due(of: Set(stages.all), try folder.readManifest(), in: folder)
        due = stages.all.filter(left.contains)
        let needed = try ResourceEstimate(configuration, data: data)
        estimate = needed
        if profile == nil {
          if left.contains(.train) { checkpointBytes += needed.checkpointBytes }
          if left.contains(.extract) { featureBytes += needed.featureBytes }
        }
      } catch {
        add(run.placed(error), to: label)
      }
    }
    return PipelineValidation.Run(
      name: name,
      gridValues: Dictionary(run.gridValues.map { ($0.field, $0.value) }) { a, _ in a }, due: due,
      estimate: estimate)
  }

  /// What would refuse the runs for want of room.
  func diskProblem(runsFolder: String) -> (any Error)? {
    let disk = DiskSpace(
      checkpointBytes: checkpointBytes, featureBytes: featureBytes,
      freeBytes: DiskSpace.free(at: runsFolder))
    do {
      try disk.check(for: runsFolder)
      return nil
    } catch {
      return error
    }
  }

  /// - Parameter run: the run it concerns; `nil` for all.
  mutating func add(_ error: any Error, to run: String?) {
    let message = "\(error)"
    if let place = problems.firstIndex(where: { $0.message == message }) {
      if let run { problems[place].runs.append(run) }
    } else {
      let kind = (error as? any ClassifiedError)?.kind ?? .internalFailure
      problems.append(.init(kind: kind, message: message, runs: run.map { [$0] } ?? []))
    }
  }
}
