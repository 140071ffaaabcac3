import ArgumentParser
import CollapseCore
import Files
import Networks
import NeuralCollapse
import Pipeline
import Reporting
import Training

struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a pipeline: data, trainings, features, measures, report.",
    discussion: """
      A pipeline is a YAML file; every field may be a list under 'grid:', and the
      product runs. What stands from an earlier run with the same options is not
      done again, and an interrupted training continues where it stopped. Several
      runs go on at once, each with one thread where --threads says no other number;
      how many decides no bit of a result.

        collapse run pipelines/quickstart.yaml
        collapse run pipelines/quickstart.yaml --set training.epochs=20 --dry-run
        collapse run study.yaml --profile quick --set 'grid.training.seed=[1, 2]'
        collapse run study.yaml --only-stage analyze --only-stage report
        collapse run study.yaml --jobs 2 --threads 4

      A pipeline with 'laboratory:' solves a model and tests a paper's claims on it,
      without data (pipelines/README.md lists the papers):

        collapse run pipelines/laboratory/tirer-bruna-2022.yaml --profile quick

      On many machines that share the folder of the runs, each does points of the
      grid by the numbers that --dry-run lists, and one makes the report after them
      (docs/many-machines.md):

        collapse run study.yaml --point 3
        collapse run study.yaml --report-only

      On a Slurm cluster that is one word, and a command that follows the jobs:

        collapse run study.yaml --on slurm
        collapse run study.yaml --on slurm --slurm-options "--partition=long --time=12:00:00"
      """)

  @OptionGroup var source: PipelineSource

  @Option(help: "Do only this stage; may be repeated.")
  var onlyStage: [Stage] = []

  @Option(
    help: ArgumentHelp(
      "Do only this point of the grid, by its number in --dry-run, and no report; may be repeated.",
      valueName: "n"))
  var point: [Int] = []

  @Flag(help: "Make the report of what stands, and nothing else.")
  var reportOnly = false

  @Option(
    name: .customLong("runs"), help: "The folder that holds all runs.", completion: .directory)
  var runsFolder = "runs"

  @OptionGroup var dataFolder: DataFolderArguments

  @OptionGroup var load: LoadOptions
  @OptionGroup(title: "On a cluster") var cluster: SlurmArguments

  @Flag(help: "List the runs with what they would do and take, and do nothing.")
  var dryRun = false

  @Flag(help: "Print the report's runs and measures as JSON.")
  var json = false

  @Option(
    help: "A folder for TensorBoard event files, one folder per run.", completion: .directory)
  var tensorboard: String?

  @OptionGroup var algorithms: AlgorithmCacheOptions
  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    if reportOnly, !point.isEmpty || !onlyStage.isEmpty {
      throw ValidationError("--report-only is of all points and no other stage")
    }
    if cluster.place == .slurm {
      if reportOnly { throw ValidationError("--report-only needs no cluster") }
      if load.jobs != nil {
        throw ValidationError("--jobs is of one machine; --jobs-per-task is that of a job of Slurm")
      }
      if cluster.detach, json || tensorboard != nil {
        throw ValidationError("--detach leaves nobody to write --json or --tensorboard")
      }
    }
    if !point.isEmpty, onlyStage.contains(.report) {
      throw ValidationError("--point makes no report: --report-only does, after all points")
    }
  }

  /// What to do: a point alone has no report.
  private var stages: Set<Stage> {
    if reportOnly { return [.report] }
    let asked = onlyStage.isEmpty ? Set(Stage.allCases) : Set(onlyStage)
    return point.isEmpty ? asked : asked.subtracting([.report])
  }

  func run() throws {
    verbosity.apply()
    Interruption.listen(finishing: "the steps and samples at hand")
    let pipeline = try source.file()
    if pipeline.laboratory != nil { return try runLaboratory(pipeline) }
    let count = pipeline.runs.count
    if let point = point.first(where: { !(1...count ~= $0) }) {
      throw ValidationError(
        "--point \(point): the grid has \(Counted.text(count, "point")), numbered from 1")
    }
    let data = DatasetPool(
      loader: DatasetLoader(dataFolder: dataFolder.path, threads: Processors.count))
    func runnerOf(_ stages: Set<Stage>) -> PipelineRunner {
      PipelineRunner(
        pipeline: pipeline, runsFolder: runsFolder, data: data,
        threads: load.threads, jobs: load.jobs, algorithmCache: algorithms.cache,
        stages: stages, points: point.isEmpty ? nil : Set(point))
    }
    var runner = runnerOf(stages)
    if dryRun { return try show(runner) }
    // A wrong place is found now, not after hours of training.
    if let tensorboard { try Folder.make(tensorboard) }
    let display = PipelineDisplay()
    var failedElsewhere: [String: String] = [:]
    if cluster.place == .slurm {
      guard let failures = try submit(runner, display) else { return }
      failedElsewhere = failures
      runner = runnerOf(stages.intersection([.report]))
    }
    let outcome = try runner.run(interruption: .shared) { event in
      if cluster.place == .here || event.isOfReport { display.show(event) }
    }
    Terminal.shared.endProgress()
    if outcome.wasInterrupted {
      throw Interrupted(message: "stopped; the same command continues")
    }
    if stages == [.report] { try tellMissing(of: count, outcome.report.runs.count) }
    if let tensorboard { try TensorBoardWriter().write(outcome.report, to: tensorboard) }
    if json {
      outcome.report.shortJSON.write { StandardOutput.write($0) }
    } else if !Terminal.shared.isQuiet {
      if !outcome.report.runs.isEmpty { StandardOutput.print(outcome.report.terminalText) }
      if let page = outcome.page { print("\nreport: \(page)") }
    }
    let failed = outcome.failures.count + failedElsewhere.count
    if failed > 0 {
      Terminal.shared.message(
        "\(failed) of \(point.isEmpty ? count : Set(point).count) runs failed")
      throw SomeInputsFailed(kind: .badInput)
    }
  }

  /// Does the experiment of a pipeline about a model.
  private func runLaboratory(_ pipeline: PipelineFile) throws {
    let others = [
      ("--point", !point.isEmpty), ("--only-stage", !onlyStage.isEmpty),
      ("--report-only", reportOnly), ("--tensorboard", tensorboard != nil),
    ]
    if let other = others.first(where: \.1) {
      throw ValidationError(
        "\(other.0) is about runs, and '\(pipeline.file)' is about a model: it has none")
    }
    let runner = LaboratoryRunner(
      pipeline: pipeline, runsFolder: runsFolder, threads: load.jobs ?? load.threads,
      loader: DatasetLoader(dataFolder: dataFolder.path, threads: Processors.count))!
    let session = LaboratorySession(runner: runner)
    try dryRun ? session.showPlan() : session.run(printsJSON: json)
  }

  /// Says that a report is of a part of the study.
  ///
  /// - Throws: `FileError` where there is nothing to report.
  private func tellMissing(of count: Int, _ found: Int) throws {
    guard found > 0 else {
      throw FileError(
        kind: .missingInput, operation: "report", path: runsFolder,
        reason: "none of \(Counted.text(count, "point")) has measures there; --dry-run lists them")
    }
    if found < count {
      Terminal.shared.message(
        "\(count - found) of \(count) points have no measures yet and are not in the report; "
          + "--dry-run lists what is left")
    }
  }

  /// - Throws: `SomeInputsFailed`, as `collapse validate` does, where runs could not go on.
  private func show(_ runner: PipelineRunner) throws {
    let plan = runner.plan()
    print(PlanText.text(plan, seconds: try? runner.trainingTime(of: plan)))
    if let worst = FailureKind.gravest(of: plan.problems.map(\.kind)) {
      throw SomeInputsFailed(kind: worst)
    }
  }
}
