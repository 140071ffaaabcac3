import CollapseCore
import Networks

/// Makes the plan that a run, a dry run and a validation go by; it writes nothing.
struct Planner {
  let pipeline: PipelineFile
  let runsFolder: String
  let data: DatasetPool
  /// Threads of each run whose configuration leaves them open.
  let threads: Int
  /// Runs at a time; `nil` for as many as processors and memory allow.
  let jobs: Int?
  /// The stages to do.
  let stages: Set<Stage>
  /// The points of the grid to plan, by their numbers; `nil` for all.
  var points: Set<Int>?

  func plan() -> Plan {
    let index = RunIndex(in: runsFolder)
    let runs = refusingRepetitions(
      zip(1..., pipeline.runs).filter { points?.contains($0.0) ?? true }
        .map { plan($0.1, number: $0.0, index) })
    let active = runs.filter { !($0.due?.subtracting([.report]).isEmpty ?? true) }
    let widest = active.map { $0.configuration.training.threads ?? threads }.max()
    func bytes(of stage: Stage) -> Int {
      guard let type = RunStages.type(of: stage) else { return 0 }
      return active.reduce(0) { sum, run in
        guard let estimate = run.estimate, run.due?.contains(stage) ?? false else { return sum }
        return sum + type.outputBytes(estimate)
      }
    }
    return Plan(
      runs: runs,
      concurrency: Concurrency(
        asked: jobs, runMemory: active.map { $0.estimate?.memoryBytes ?? 0 },
        threads: widest ?? threads, processors: Processors.count,
        freeMemory: Machine.availableMemory / 10 * 9),
      disk: DiskSpace(
        checkpointBytes: bytes(of: .train), featureBytes: bytes(of: .extract),
        freeBytes: DiskSpace.free(at: runsFolder)), runsFolder: runsFolder)
  }

  private func plan(_ run: PipelineFile.Run, number: Int, _ index: RunIndex) -> PlannedRun {
    var name = PlannedRun.label(run.gridValues)
    var (facts, folder, key): (DataFacts?, RunFolder?, StageKey?)
    var (estimate, due, problem): (ResourceEstimate?, Set<Stage>?, (any Error)?)
    do {
      let known = try data.facts(of: run.configuration.dataset)
      facts = known
      let stages = try RunStages(run.configuration, data: known)
      key = stages.train
      name = RunFolder.name(gridValues: run.nameValues, key: stages.train)
      let place = index.folder(of: stages.train, pipeline: pipeline.name, name: name)
      folder = place
      due = stages.due(of: self.stages, try place.readManifest(), in: place)
      estimate = try ResourceEstimate(run.configuration, data: known)
    } catch {
      problem = run.placed(error)
    }
    return PlannedRun(
      number: number, name: name, gridValues: run.gridValues, configuration: run.configuration,
      folder: folder, key: key, estimate: estimate, due: due, problem: problem, data: facts)
  }

  /// Two points of a grid that are one run would be counted as two: neither goes on.
  private func refusingRepetitions(_ runs: [PlannedRun]) -> [PlannedRun] {
    let byKey = Dictionary(grouping: runs, by: \.key)
    return runs.map { run in
      guard let key = run.key, let same = byKey[key], same.count > 1 else { return run }
      let points = same.prefix(2).map { same in
        same.gridValues.map { "\($0.field): \($0.value)" }.joined(separator: ", ")
      }
      var run = run
      run.problem = ConfigurationError(
        file: pipeline.file, position: nil,
        problem: "grid: '\(points[0])' and '\(points[1])' are the same run")
      return run
    }
  }
}
