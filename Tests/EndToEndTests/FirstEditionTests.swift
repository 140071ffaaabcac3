import Foundation
import TestSupport
import Testing

/// What the first edition wrote is read for ever: its runs are found finished, its interrupted
/// training goes on, its feature files and its three forms of measures are measured and reported.
@Suite struct FirstEditionTests {
  let folder = TemporaryFolder()

  /// A copy to work on of what lies beside this file.
  private func copy(_ name: String) throws -> String {
    let source = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Fixtures/first-edition/\(name)").path
    let target = folder(name)
    try FileManager.default.createDirectory(
      atPath: URL(filePath: target).deletingLastPathComponent().path,
      withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: source, toPath: target)
    return target
  }

  private func succeed(_ arguments: [String]) throws -> CollapseCommand.Result {
    let result = try CollapseCommand.run(arguments)
    try #require(result.exitCode == 0, "\(result.errors)")
    return result
  }

  @Test func itsInterruptedTrainingGoesOn() throws {
    let run = try copy("interrupted")
    _ = try succeed(["train", "data/sample/idx", run, "--resume", "--epochs", "40", "--quiet"])
    let lines = try String(contentsOfFile: "\(run)/metrics.csv", encoding: .utf8)
      .split(separator: "\n")
    #expect(lines.count == 41)
    let last = lines[40].split(separator: ",", omittingEmptySubsequences: false)
    #expect(last[0] == "40")
    // What the first edition reached from there; other processors round otherwise.
    let loss = try #require(Double(last[4]))
    #expect(abs(loss - 1.436997776903982) < 1e-3)
  }

  @Test func itsCheckpointsAreExtractedAndItsFeaturesMeasured() throws {
    let kept = try copy("kept")
    let run = "\(kept)/first-edition/batchNormalization-none-af50cb03"
    let known = "\(run)/features/epoch-00003.train.h5"
    _ = try succeed([
      "extract", "\(run)/checkpoints/epoch-00003.h5", "data/sample/idx", folder("again.h5"),
      "--split", "train", "--quiet",
    ])
    _ = try succeed(["analyze", known, folder("again.h5"), "-o", folder("m.csv"), "-q"])
    let rows = CSVReader.records(try String(contentsOfFile: folder("m.csv"), encoding: .utf8))
    let values = try #require(
      rows.first?.firstIndex(of: "nc1_pinv").map { column in rows.dropFirst().map { $0[column] } })
    #expect(values.count == 2)
    let (one, two) = (try #require(Double(values[0])), try #require(Double(values[1])))
    #expect(abs(one - two) < 1e-4 * one)
  }

  @Test(arguments: [
    "kept/first-edition/batchNormalization-none-af50cb03/measures.json", "report/measures.json",
    "analysis.json",
  ])
  func itsMeasuresAreReported(_ name: String) throws {
    let result = try succeed(["report", try copy(name), "--format", "csv"])
    let rows = CSVReader.records(result.output)
    let column = try #require(rows.first?.firstIndex(of: "nc1_pinv"))
    #expect(rows.dropFirst().contains { Double($0[column]) != nil })
  }

  @Test func itsRunsAreListed() throws {
    let kept = try copy("kept")
    let result = try succeed(["runs", "--runs", kept])
    #expect(result.output.contains("af50cb03") && result.output.contains("1b7fea13"))
  }
}
