public import CollapseCore
import Files

/// What can be said of a pipeline without training: its grid, and everything wrong with it.
public struct PipelineValidation: Sendable, Encodable {
  /// A point of the grid.
  public struct Run: Sendable, Encodable {
    /// Its place in the product of the grid, from 1.
    public let number: Int
    /// The name of its folder; the values of the grid where its data is missing.
    public let name: String
    /// The values the grid gives it, by field.
    public let gridValues: [String: String]
    /// The stages with something to do; `nil` where its data is missing.
    public let due: [Stage]?
    /// What it takes from beginning to end; `nil` where its data is missing or does not fit.
    public let estimate: ResourceEstimate?

    init(_ run: PlannedRun) {
      number = run.number
      name = run.name
      gridValues = Dictionary(run.gridValues.map { ($0.field, $0.value) }) { a, _ in a }
      due = run.due.map { due in Stage.allCases.filter(due.contains) }
      estimate = run.estimate
    }
  }

  public let file: String
  public let profile: String?
  /// The name of the pipeline; `nil` where the file cannot be expanded.
  public let name: String?
  public let profiles: [String]
  /// The kind of experiment, where it is about a model and has no runs.
  public let laboratory: String?
  public let runs: [Run]
  public let problems: [Plan.Problem]

  /// The gravest kind of problem there is.
  public var failure: FailureKind? {
    FailureKind.gravest(of: problems.map(\.kind))
  }

  /// Checks the pipeline at `path` and, without a choice of profile, each of its profiles.
  ///
  /// A file that cannot be expanded has no runs; what is wrong with it is told with what is wrong
  /// with its profiles and its data.
  ///
  /// - Throws: `FileError` when the file cannot be read.
  public init(
    path: String, profile: String? = nil, overrides: [String] = [], runsFolder: String = "runs",
    loader: DatasetLoader
  ) throws {
    let text = String(decoding: try FileContents.read(path), as: UTF8.self)
    let data = DatasetPool(loader: loader)
    func plan(_ pipeline: PipelineFile) -> Plan {
      Planner(
        pipeline: pipeline, runsFolder: runsFolder, data: data, threads: 1, jobs: nil,
        stages: Set(Stage.allCases)
      ).plan()
    }
    func expanded(_ profile: String?) -> Result<PipelineFile, ConfigurationError> {
      Result { () throws(ConfigurationError) in
        try PipelineFile(yaml: text, file: path, profile: profile, overrides: overrides)
      }
    }
    func outline(_ profile: String?) -> PipelineOutline? {
      try? PipelineOutline(yaml: text, file: path, profile: profile, overrides: overrides)
    }
    var problems: [Plan.Problem] = []
    /// What is wrong with the file, then with the data that can be told of all the same.
    func add(_ error: ConfigurationError, profile: String?) {
      let concerned = profile.map { ["profile \($0)"] } ?? []
      let errors: [any Error] =
        error.all
        + (outline(profile)?.datasets ?? []).compactMap { dataset in
          do {
            _ = try data.facts(of: dataset)
            return nil
          } catch {
            return error
          }
        }
      for problem in errors.map({ Plan.Problem($0, runs: concerned) }) {
        // What is wrong with the file itself is wrong with each of its profiles.
        if problems.contains(where: { $0.runs.isEmpty && $0.message == problem.message }) {
          continue
        }
        problems.add(problem)
      }
    }

    let chosen = expanded(profile)
    var runs: [PlannedRun] = []
    switch chosen {
    case .success(let pipeline):
      let plan = plan(pipeline)
      runs = plan.runs
      problems = plan.problems
    case .failure(let error): add(error, profile: nil)
    }
    let pipeline = try? chosen.get()
    let profiles = pipeline?.profiles ?? outline(nil)?.profiles.map(\.name) ?? []
    for other in profile == nil ? profiles : [] {
      switch expanded(other) {
      case .success(let varied):
        // Only one of the profiles will need its room on the disk.
        for run in plan(varied).runs {
          guard let error = run.problem else { continue }
          problems.add(.init(error, runs: ["profile \(other): \(run.label)"]))
        }
      case .failure(let error): add(error, profile: other)
      }
    }
    file = path
    self.profile = profile
    name = pipeline?.name
    self.profiles = profiles
    laboratory = pipeline?.laboratory.map { type(of: $0.value).kind }
    self.runs = runs.map(Run.init)
    self.problems = problems
  }

  /// The validation as a person reads it.
  public var text: String {
    let content =
      laboratory.map { "the experiment \($0)" } ?? "\(runs.count) run\(runs.count == 1 ? "" : "s")"
    let title = "\(file)\(profile.map { " --profile \($0)" } ?? ""): "
    var lines = [title + (name.map { "\(content) of '\($0)'" } ?? "it cannot be expanded")]
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
