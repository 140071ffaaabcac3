import CollapseCore
import Foundation
import Pipeline
import Reporting
import TestSupport
import Testing

/// The stage `curvature` of a run, and what reports make of it.
@Suite struct CurvatureStageTests {
  let folder = TemporaryFolder()

  private func study(
    _ extra: String, measures: String = "standard", checkpoints: String = "{ epochs: [0, 2] }"
  ) throws -> PipelineFile {
    try PipelineFile(
      yaml: """
        name: bent
        claims: [papyan-2020]
        dataset:
          synthetic: { kind: gaussian-mixture, classCount: 3, dimension: 5, trainPerClass: 20, seed: 2 }
        network: { kind: mlp, widths: [6], batchNormalization: none }
        training:
          { epochs: 4, batchSize: 20, learningRate: 0.2, checkpoints: \(checkpoints) }
        measures: { convention: \(measures) }
        grid: { training.seed: [1, 2] }
        \(extra)
        """, file: "bent.yaml")
  }

  private let asked =
    "curvature: { eigenvalues: 6, smallest: 1, steps: 60, trace: 12, density: 1, densitySteps: 8 }"

  private func runner(_ pipeline: PipelineFile) -> PipelineRunner {
    PipelineRunner(
      pipeline: pipeline, runsFolder: folder("runs"),
      data: DatasetPool(loader: DatasetLoader(threads: 1)), threads: 1)
  }

  @Test func epochsAreTakenAndReported() throws {
    let outcome = try runner(try study(asked)).run()
    #expect(outcome.failures.isEmpty)
    for run in outcome.report.runs {
      #expect(run.curvature.map(\.epoch) == [0, 2, 4])
      for record in run.curvature {
        #expect(record.samples == 60)
        #expect(record["hessian"]?.largest.count == 6)
        #expect(record.decomposition?.traces.count == 3)
      }
      // The loss that is bent is the one that was trained.
      let last = try #require(run.history.last)
      #expect(abs((run.curvature.last?.lossValue ?? 0) - last.trainingLoss) < 1e-5)
    }
    let page = try String(
      contentsOfFile: folder("runs/bent/report/index.html"), encoding: .utf8)
    for expected in ["Eigenvalues of the Hessian", "Spectral density of the Hessian"] {
      #expect(page.contains(expected), "\(expected)")
    }
    let claims = try String(contentsOfFile: folder("runs/bent/report/claims.md"), encoding: .utf8)
    for expected in ["Papyan 2020, arXiv 2008.11865", "Overlap of class means"] {
      #expect(claims.contains(expected) || claims.contains("grows in"), "\(claims)")
    }
    // A report on the folders of runs finds it too.
    let again = try AnalysisFile.records(
      in: outcome.report.runs.map { $0.paths[0] + "/measures.json" })
    #expect(again.runs.map(\.curvature) == outcome.report.runs.map(\.curvature))
  }

  /// Checkpoints inside of epochs stand where they are in the training, which is what a figure shows.
  @Test func stepsAreTakenInTheirPlace() throws {
    let outcome = try runner(
      try study(asked, checkpoints: "{ epochs: [0, 2], steps: [1, 4] }")
    ).run()
    let places: [Double] = [0, 1, 4, 6, 12]  // in steps, of which an epoch has three
    for run in outcome.report.runs {
      #expect(run.curvature.map(\.epoch) == [0, 0, 1, 2, 4])
      #expect(run.curvature.map(\.step) == [nil, 1, 4, nil, nil])
      #expect(run.curvature.map { ($0.place ?? -1) * 3 } == places)
    }
    // One that is gone is missed.
    let run = try #require(outcome.report.runs.first)
    try FileManager.default.removeItem(
      atPath: RunFolder(path: run.paths[0]).checkpoint(step: 4))
    let due = runner(try study(asked, checkpoints: "{ epochs: [0, 2], steps: [1, 4] }")).plan().runs
      .map { $0.due?.contains(.train) }
    #expect(due == [true, false])
    let table = try String(
      contentsOfFile: folder("runs/bent/report/figures/curvature.csv"), encoding: .utf8)
    #expect(table.split(separator: "\n").contains { $0.contains(",1,4,") })
  }

  /// It depends on the training alone, and nothing depends on it.
  @Test func onlyWhatChangedIsDoneAgain() throws {
    _ = try runner(try study("")).run()
    #expect(runner(try study(asked)).plan().runs.allSatisfy { $0.due == [.curvature] })
    _ = try runner(try study(asked)).run()
    #expect(runner(try study(asked)).plan().runs.allSatisfy { $0.due == [] })
    let measured = runner(try study(asked, measures: "papyan")).plan().runs.map(\.due)
    #expect(measured == [[.analyze], [.analyze]])
    let other = runner(try study(asked.replacing("trace: 12", with: "trace: 15"))).plan()
    #expect(other.runs.map(\.due) == [[.curvature], [.curvature]])
  }

  @Test func stoppedAndContinued() throws {
    let whole = try runner(try study(asked)).run().report.runs.map(\.curvature)
    try FileManager.default.removeItem(atPath: folder("runs"))
    let interruption = Interruption()
    let stopped = try runner(try study(asked)).run(interruption: interruption) { event in
      if case .progress(_, .curvature, _, _) = event { interruption.request() }
    }
    #expect(stopped.wasInterrupted)
    #expect(try runner(try study(asked)).run().report.runs.map(\.curvature) == whole)
  }
}
