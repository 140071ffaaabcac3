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
      """)

  @OptionGroup var source: PipelineSource

  @Option(help: "Do only this stage; may be repeated.")
  var onlyStage: [Stage] = []

  @Option(
    name: .customLong("runs"), help: "The folder that holds all runs.", completion: .directory)
  var runsFolder = "runs"

  @Option(help: "The folder that fetched data sets are in.", completion: .directory)
  var dataFolder = "data"

  @OptionGroup var load: LoadOptions

  @Flag(help: "List the runs with what they would do and take, and do nothing.")
  var dryRun = false

  @Flag(help: "Print the report's runs and measures as JSON.")
  var json = false

  @Option(
    help: "A folder for TensorBoard event files, one folder per run.", completion: .directory)
  var tensorboard: String?

  @OptionGroup var algorithms: AlgorithmCacheOptions
  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    verbosity.apply()
    Interruption.listen()
    let runner = PipelineRunner(
      pipeline: try source.file(), runsFolder: runsFolder,
      data: DatasetPool(
        loader: DatasetLoader(dataFolder: dataFolder, threads: Processors.count)),
      threads: load.threads, jobs: load.jobs, algorithmCache: algorithms.cache,
      stages: onlyStage.isEmpty ? Set(Stage.allCases) : Set(onlyStage))
    if dryRun { return try show(runner) }
    // A wrong place is found now, not after hours of training.
    if let tensorboard { try Folder.make(tensorboard) }
    let display = PipelineDisplay()
    let outcome = try runner.run(interruption: .shared) { display.show($0) }
    Terminal.shared.endProgress()
    if outcome.wasInterrupted {
      throw Interrupted(message: "stopped; the same command continues")
    }
    if let tensorboard { try TensorBoardWriter().write(outcome.report, to: tensorboard) }
    if json {
      outcome.report.shortJSON.write { StandardOutput.write($0) }
    } else if !Terminal.shared.isQuiet {
      if !outcome.report.runs.isEmpty { StandardOutput.print(outcome.report.terminalText) }
      if let page = outcome.page { print("\nreport: \(page)") }
    }
    if !outcome.failures.isEmpty {
      Terminal.shared.message(
        "\(outcome.failures.count) of \(runner.pipeline.runs.count) runs failed")
      throw SomeInputsFailed(kind: .badInput)
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
