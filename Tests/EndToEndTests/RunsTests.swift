import Foundation
import TestSupport
import Testing

private let pipeline = """
  name: listed
  dataset: { train: { path: data/sample/idx }, shaping: { perClass: 20 } }
  network: { kind: mlp, widths: [16] }
  training: { epochs: 4, batchSize: 50, checkpoints: { everyEpochs: 2 } }
  features: { splits: [train] }
  grid:
    training.learningRate: [0.05, 1e9]
    training.seed: [1, 2]
  """

/// Listing runs and freeing their disk.
@Suite struct RunsTests {
  let folder = TemporaryFolder()

  private struct Catalog: Decodable {
    struct Run: Decodable {
      let path: String
      let name: String
      let state: String
      let epoch: Int?
      let epochs: Int?
      let trainAccuracy: Double?
      let cosIntraMin: Double?
      let checkpointBytes: Int
      let featureBytes: Int
      let bytes: Int
      let problem: String?
    }
    let runs: [Run]
  }

  private func run(_ arguments: [String] = []) throws -> CollapseCommand.Result {
    let file = folder.write(Array(pipeline.utf8), to: "listed.yaml")
    return try CollapseCommand.run(
      ["run", file, "--runs", folder("runs"), "--quiet"] + arguments)
  }

  private func list(_ arguments: [String] = []) throws -> [Catalog.Run] {
    let result = try CollapseCommand.run(
      ["runs", "--runs", folder("runs"), "--json"] + arguments)
    #expect(result.exitCode == 0, "\(result.errors)")
    return try JSONDecoder().decode(Catalog.self, from: Data(result.output.utf8)).runs
  }

  private func remove(_ arguments: [String]) throws -> CollapseCommand.Result {
    try CollapseCommand.run(["runs", "rm", "--runs", folder("runs")] + arguments)
  }

  @Test func listsStatesAndHeadlineMeasures() throws {
    let result = try run()
    #expect(result.exitCode == 65)
    #expect(result.errors.contains("2 of 4 runs failed"), "\(result.errors)")
    let runs = try list()
    #expect(runs.map(\.state) == ["done", "done", "failed", "failed"])
    #expect(runs.map(\.epochs) == [4, 4, 4, 4])
    #expect(runs[0].epoch == 4)
    #expect(runs[0].trainAccuracy != nil)
    #expect(runs[0].cosIntraMin != nil)
    #expect(runs[0].checkpointBytes > 0)
    #expect(runs[0].featureBytes > 0)
    #expect(runs[0].bytes > runs[0].checkpointBytes + runs[0].featureBytes)
    #expect(runs[2].problem?.contains("training diverged") == true)
    #expect(try list(["listed"]).count == 4)
    #expect(try list([folder("listed.yaml")]).count == 4)
    let text = try CollapseCommand.run(["runs", "--runs", folder("runs")])
    #expect(text.output.contains("4/4"), "\(text.output)")
    // The report says which failed, too.
    let page = try String(
      contentsOfFile: folder("runs/listed/report/index.html"), encoding: .utf8)
    #expect(page.contains("failed"))
  }

  @Test func beforeTheFirstRunThereIsNone() throws {
    let result = try CollapseCommand.run(["runs", "--runs", folder("runs")])
    #expect(result.exitCode == 0 && result.output == "no runs yet\n", "\(result.errors)")
  }

  /// Trainings of `collapse train` are runs as well, and the table fits a terminal.
  @Test func trainingsByHandAreListed() throws {
    _ = try run()
    let trained = try CollapseCommand.run([
      "train", "data/sample/idx", folder("runs/by-hand"), "--widths", "8", "--per-class", "20",
      "--epochs", "1", "--quiet",
    ])
    try #require(trained.exitCode == 0, "\(trained.errors)")
    let own = try #require(try list().first { $0.name == "by-hand" })
    #expect(own.state == "trained" && own.epoch == 1 && own.epochs == 1)
    let text = try CollapseCommand.run(["runs", "--runs", folder("runs")]).output
    let table = text.split(separator: "\n").prefix { !$0.hasPrefix("5 runs") }
    #expect(table.allSatisfy { $0.count <= 80 }, "\(text)")
    #expect(text.contains("collapse train:\nby-hand ") && text.contains("listed:\n"), "\(text)")
    let full = try CollapseCommand.run(["runs", "--runs", folder("runs"), "--full"]).output
    for run in try list() { #expect(full.contains(run.name)) }
    #expect(try remove(["by-hand", "--yes"]).exitCode == 0)
    #expect(try list().allSatisfy { $0.name != "by-hand" })
  }

  @Test func anUnfinishedTrainingIsInterrupted() throws {
    let file = folder.write(Array(pipeline.utf8), to: "listed.yaml")
    let running = try CollapseCommand.start([
      "run", file, "--runs", folder("runs"), "--set", "training.epochs=100000",
      "--set", "training.learningRate=0.05", "--set", "training.seed=1",
    ])
    while running.isRunning,
      try FileManager.default.fileExists(atPath: folder("runs/listed"))
        ? list().allSatisfy({ $0.epoch == nil }) : true
    {
      Thread.sleep(forTimeInterval: 0.05)
    }
    #expect(try list().map(\.state) == ["running"])
    let refused = try remove(["listed", "--yes"])
    #expect(refused.exitCode == 64)
    #expect(refused.errors.contains("a process is at work there"), "\(refused.errors)")
    running.interrupt()
    #expect(running.finish().exitCode == 130)
    #expect(try list().map(\.state) == ["interrupted"])
    let kept = try remove(["listed", "--only", "checkpoints", "--yes"])
    #expect(kept.exitCode == 64)
    #expect(kept.errors.contains("the training is not finished"), "\(kept.errors)")
  }

  @Test func partsAreFreedAndNotMadeAgainUntilTheyAreNeeded() throws {
    _ = try run()
    let first = try run(["--json"])
    for part in ["checkpoints", "features"] {
      let result = try remove(["listed/learningRate-0.05*", "--only", part, "--yes"])
      #expect(result.exitCode == 0, "\(result.errors)")
      #expect(result.errors.contains("removed the \(part) of 2 runs: "), "\(result.errors)")
    }
    let runs = try list()
    #expect(runs.prefix(2).allSatisfy { $0.checkpointBytes == 0 && $0.featureBytes == 0 })
    #expect(runs.prefix(2).allSatisfy { $0.state == "done" })
    let second = try run(["--json"])
    #expect(second.output == first.output)
    #expect(try list().prefix(2).allSatisfy { $0.checkpointBytes == 0 && $0.featureBytes == 0 })
    // Other measures need the features, these the checkpoints, and these the training.
    _ = try run(["--set", "measures.convention=papyan"])
    #expect(try list().prefix(2).allSatisfy { $0.checkpointBytes > 0 && $0.featureBytes > 0 })
    #expect(try run(["--json"]).output == first.output)
  }

  @Test func wholeRunsAreRemoved() throws {
    _ = try run()
    let names = try list().map(\.name)
    let result = try remove([names[0], "--yes"])
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(try list().map(\.name) == Array(names.dropFirst()))
    #expect(try remove(["listed", "--yes"]).exitCode == 0)
    #expect(try list().isEmpty)
    #expect(FileManager.default.fileExists(atPath: folder("runs/listed/report/index.html")))
  }

  @Test func nothingIsRemovedUnasked() throws {
    _ = try run()
    let before = try list().map(\.bytes)
    let unasked = try remove(["listed"])
    #expect(unasked.exitCode == 64)
    #expect(unasked.errors.contains("without being asked, say --yes"), "\(unasked.errors)")
    let mistyped = try remove(["lsited", "--yes"])
    #expect(mistyped.exitCode == 66)
    #expect(mistyped.errors.contains("did you mean 'listed'?"), "\(mistyped.errors)")
    for name in ["..", "/", ".", "runs", folder("runs"), "../listed"] {
      #expect(try remove([name, "--yes"]).exitCode == 66, "\(name)")
    }
    #expect(try list().map(\.bytes) == before)
  }

  @Test func aDamagedRunKeepsItsPartsAndCostsTheOthersNothing() throws {
    _ = try run()
    let runs = try list()
    try Data("{".utf8).write(to: URL(filePath: runs[0].path + "/manifest.json"))
    let result = try remove(["listed/learningRate-0.05*", "--only", "features", "--yes"])
    #expect(result.exitCode == 65)
    #expect(result.errors.contains("removed the features of 1 run: "), "\(result.errors)")
    #expect(
      result.errors.contains(
        "error: cannot remove the features of '\(runs[0].path)': cannot read "),
      "\(result.errors)")
    let left = try list().prefix(2).map { $0.featureBytes > 0 }
    #expect(left == [true, false])
  }

  @Test func linksOutOfTheFolderAreNotFollowed() throws {
    _ = try run()
    let run = try #require(try list().first)
    try FileManager.default.moveItem(atPath: run.path, toPath: folder("elsewhere"))
    try FileManager.default.createSymbolicLink(
      atPath: run.path, withDestinationPath: folder("elsewhere"))
    for part in [[], ["--only", "features"]] {
      let result = try remove([run.name, "--yes"] + part)
      #expect(result.exitCode == 64)
      #expect(result.errors.contains("it is a link to a place outside of"), "\(result.errors)")
    }
    #expect(FileManager.default.fileExists(atPath: folder("elsewhere/manifest.json")))
  }
}
