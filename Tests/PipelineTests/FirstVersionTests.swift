import CollapseCore
import FeatureStore
import Foundation
import Pipeline
import Reporting
import Testing

/// What the first version wrote is read for ever: measures.json in its four forms, and a feature
/// file that states its normalization by two truth values.
@Suite struct FirstVersionTests {
  private func path(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().path + "/Version1/\(name)"
  }

  @Test func aRun() throws {
    let run = try #require(try AnalysisFile.records(in: [path("run.json")]).runs.first)
    #expect(run.name == "seed-1-2a99be09")
    #expect(run.facts.normalization?.placement == .last)
    #expect(run.facts.network == "mlp-4-3" && run.facts.weightDecay == 5e-4)
    #expect(run.facts.seed == 1 && run.facts.learningRate == 0.05)
    #expect(run.history.count == 2 && run.measurements.map(\.epoch) == [1, 1, 2, 2])
    #expect(run.headline?.value(named: "nc1_pinv") != nil && run.projection != nil)
  }

  @Test func aReport() throws {
    let runs = try AnalysisFile.records(in: [path("report.json")]).runs
    #expect(runs.map(\.facts.seed) == [1, 2])
    #expect(runs.map(\.measurements.count) == [4, 4])
    // A run that is given by itself as well counts once.
    let both = try AnalysisFile.records(in: [path("report.json"), path("run.json")]).runs
    #expect(both.map(\.name).sorted() == runs.map(\.name).sorted())
  }

  @Test func anAnalysisOfFiles() throws {
    let run = try #require(try AnalysisFile.records(in: [path("analysis.json")]).runs.first)
    #expect(run.measurements.count == 4 && run.paths.count == 4)
    #expect(Set(run.measurements.map(\.epoch)) == [1, 2])
    #expect(run.measurements.allSatisfy { $0.file?.hasSuffix(".h5") == true })
  }

  @Test func theListThatAnalyzePrinted() throws {
    let runs = try AnalysisFile.records(in: [path("list.json")]).runs
    #expect(runs.flatMap(\.measurements).map(\.split).sorted() == ["test", "train"])
    #expect(
      runs.flatMap(\.measurements).allSatisfy {
        $0.epoch == 2 && $0.value(named: "nc1_pinv") != nil
      })
  }

  /// The file says that the network has batch normalization; its description, in which layer.
  @Test func aFeatureFileOfANetworkNormalizedInItsLastHiddenLayer() throws {
    let facts = try FeatureSet(path("features.h5")).metadata.facts
    #expect(facts.normalization == Normalization(hidden: .last, last: false))
    #expect(facts.seed == 1 && facts.loss == "cross_entropy")
  }

  @Test func aNewerVersionIsRefusedByName() throws {
    let file = FileManager.default.temporaryDirectory.path + "/newer-\(UUID().uuidString).json"
    try #"{"format": "collapse-measures", "version": 3}"#.write(
      toFile: file, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: file) }
    let error = #expect(throws: (any Error).self) { try AnalysisFile.records(in: [file]) }
    #expect(
      error.map { "\($0)" }
        == "cannot read '\(file)': expected collapse-measures up to version 2, found "
        + "collapse-measures version 3, written by a newer collapse")
  }
}
