import Foundation
import TestSupport
import Testing

/// A pipeline small enough for a test: two runs of three epochs on a part of the sample.
private let tinyPipeline = """
  name: tiny
  dataset:
    train: { path: data/sample/idx }
    test: { path: data/sample/png }
    shaping: { perClass: 20 }
  network: { kind: mlp, widths: [16, 8] }
  training: { epochs: 3, batchSize: 32, learningRate: 0.05, checkpoints: { everyEpochs: 2 } }
  grid:
    network.batchNormalization: [none, all]
  """

@Suite struct PipelineRunTests {
  let folder = TemporaryFolder()

  private func run(_ extra: [String] = []) throws -> CollapseCommand.Result {
    let pipeline = folder.write(Array(tinyPipeline.utf8), to: "tiny.yaml")
    return try CollapseCommand.run(["run", pipeline, "--runs", folder("runs")] + extra)
  }

  @Test func aSecondRunDoesNothingAndAChangedOptionOnlyWhatDependsOnIt() throws {
    let first = try run()
    #expect(first.exitCode == 0, "\(first.errors)")
    #expect(FileManager.default.fileExists(atPath: folder("runs/tiny/report/index.html")))

    let second = try run()
    #expect(second.exitCode == 0)
    #expect(second.errors.ranges(of: "done before").count == 7, "\(second.errors)")
    #expect(second.output == first.output)
    #expect(second.errors.hasPrefix("2 runs, nothing to train or measure\n"), "\(second.errors)")
    let planned = try run(["--dry-run", "--jobs", "2"])
    #expect(planned.exitCode == 0)
    #expect(planned.output.contains("\n2 runs, nothing to train or measure\n"))

    let changed = try run(["--set", "measures.convention=papyan"])
    #expect(changed.errors.ranges(of: "train: done before").count == 2, "\(changed.errors)")
    #expect(changed.errors.ranges(of: "extract: done before").count == 2)
    #expect(changed.errors.ranges(of: "analyze: done before").isEmpty)
  }

  /// `measures.json` of the runs and of their report side by side, as a glob finds them.
  @Test func reportCountsEveryRunOnceAndWritesEventFiles() throws {
    let whole = try run(["--tensorboard", folder("logs")])
    try #require(whole.exitCode == 0, "\(whole.errors)")
    let logs = try FileManager.default.contentsOfDirectory(atPath: folder("logs"))
    #expect(logs.count == 2)
    for arguments in [["runs/tiny/*/measures.json"], ["runs/tiny/report/measures.json"]] {
      let report = try CollapseCommand.run(
        ["report", folder(arguments[0]), "--format", "csv", "--tensorboard", folder("again")])
      #expect(report.exitCode == 0, "\(report.errors)")
      let runs = Set(
        report.output.split(separator: "\n").dropFirst().map { $0.prefix { $0 != "," } })
      #expect(runs.count == 2, "\(report.output)")
      let lines = report.output.split(separator: "\n")
      #expect(Set(lines).count == lines.count)
      let again = try FileManager.default.contentsOfDirectory(atPath: folder("again"))
      #expect(again.sorted() == logs.sorted())
    }
  }

  /// Points done by processes of their own, at once, and a report after them, are the whole study.
  @Test func pointsAndAReportAreTheStudy() throws {
    let whole = try run(["--quiet"])
    try #require(whole.exitCode == 0, "\(whole.errors)")
    let pipeline = folder("tiny.yaml")
    let others = ["run", pipeline, "--runs", folder("others"), "--quiet"]
    let listed = try CollapseCommand.run(others + ["--dry-run", "--point", "2"])
    #expect(listed.output.hasPrefix("2  ") && !listed.output.contains("\n1  "), "\(listed.output)")
    let nothing = try CollapseCommand.run(others + ["--report-only"])
    #expect(nothing.exitCode == 66)
    #expect(
      nothing.errors == "error: cannot report '\(folder("others"))': none of 2 points has measures "
        + "there; --dry-run lists them\n")
    #expect(try CollapseCommand.run(others + ["--point", "2"]).exitCode == 0)
    let part = try CollapseCommand.run(others + ["--report-only"])
    #expect(part.exitCode == 0)
    #expect(
      part.errors.contains("1 of 2 points have no measures yet and are not in the report"),
      "\(part.errors)")
    try FileManager.default.removeItem(atPath: folder("others"))
    let processes = try [2, 1].map {
      try CollapseCommand.start(others + ["--point", String($0)])
    }
    #expect(processes.map { $0.finish().exitCode } == [0, 0])
    #expect(!FileManager.default.fileExists(atPath: folder("others/tiny/report")))
    let report = try CollapseCommand.run(others + ["--report-only"])
    #expect(report.exitCode == 0, "\(report.errors)")
    func table(_ runs: String) throws -> String {
      try String(contentsOfFile: folder("\(runs)/tiny/report/measures.csv"), encoding: .utf8)
    }
    #expect(try table("others") == table("runs"))
  }

  @Test(arguments: [
    (["--point", "3"], "--point 3: the grid has 2 points, numbered from 1"),
    (["--point", "1", "--report-only"], "--report-only is of all points and no other stage"),
    (
      ["--point", "1", "--only-stage", "report"],
      "--point makes no report: --report-only does, after all points"
    ),
  ]) func pointsThatCannotBe(arguments: [String], message: String) throws {
    let result = try run(arguments)
    #expect(result.exitCode == 64)
    #expect(result.errors.hasPrefix("error: \(message)\n"), "\(result.errors)")
  }

  @Test func aDamagedManifestCostsOnlyItsRun() throws {
    #expect(try run(["--quiet"]).exitCode == 0)
    let runs = try FileManager.default.contentsOfDirectory(atPath: folder("runs/tiny"))
      .filter { $0 != "report" }.sorted()
    let manifest = folder("runs/tiny/\(runs[0])/manifest.json")
    folder.write(
      Array("{\"format\": \"collapse-run\", \"version\": 99}".utf8),
      to: "runs/tiny/\(runs[0])/manifest.json")
    let result = try run()
    #expect(result.exitCode == 65)
    #expect(
      result.errors.contains(
        "cannot read '\(manifest)': it has version 99, written by a newer collapse; this one reads "
          + "up to 1"), "\(result.errors)")
    #expect(result.errors.contains("1 of 2 runs failed"))
  }

  @Test func dryRunWritesNothing() throws {
    let result = try run(["--dry-run"])
    #expect(result.exitCode == 0, "\(result.errors)")
    let lines = result.output.split(separator: "\n")
    #expect(lines.prefix(2).allSatisfy { $0.hasSuffix("  train, extract, analyze") })
    #expect(lines[2].hasPrefix("2 runs, "))
    #expect(lines[3].hasPrefix("memory: up to "))
    #expect(lines[4].hasPrefix("time: about "))
    #expect(lines[5].hasPrefix("disk: "))
    #expect(!FileManager.default.fileExists(atPath: folder("runs")))
  }

  @Test func analyzeSkipsWhatStandsAndReportsBadFilesLast() throws {
    #expect(try run(["--quiet"]).exitCode == 0)
    let pattern = folder("runs/**/features/*.h5")
    let table = folder("measures.csv")
    let first = try CollapseCommand.run(["analyze", pattern, "-o", table])
    #expect(first.exitCode == 0, "\(first.errors)")
    let rows = try String(contentsOfFile: table, encoding: .utf8).split(separator: "\n")
    #expect(rows.count == 1 + 2 * 2 * 2)  // two runs, two epochs, two splits

    folder.write(Array("not HDF5".utf8), to: "runs/tiny/x/features/bad.h5")
    let second = try CollapseCommand.run(["analyze", pattern, "-o", table])
    #expect(second.exitCode == 65)
    #expect(second.errors.contains("8 files → \(table), 8 unchanged"), "\(second.errors)")
    #expect(second.errors.contains("1 of 9 files failed"))
    #expect(try String(contentsOfFile: table, encoding: .utf8).split(separator: "\n") == rows)
  }
}
