import CollapseCore
import FeatureStore
import Foundation
import TestSupport
import Testing

/// Full disks, read-only folders, killed processes and folders of other versions: each ends with
/// its exit code and one message, and nothing is lost.
@Suite(.serialized) struct AdversityTests {
  let folder = TemporaryFolder()

  private func pipeline(epochs: Int = 40, checkpoints: String = "{ everyEpochs: 10 }") -> String {
    folder.write(
      Array(
        """
        name: small
        dataset: { train: { path: data/sample/idx }, shaping: { perClass: 30 } }
        network: { kind: mlp, widths: [32] }
        training: { epochs: \(epochs), batchSize: 30, threads: 1, checkpoints: \(checkpoints) }
        features: { splits: [train], epochs: last }
        grid: { training.seed: [1, 2] }
        """.utf8), to: "small.yaml")
  }

  private func run(_ pipeline: String, in runs: String) throws -> CollapseCommand.Result {
    try CollapseCommand.run(["run", pipeline, "--runs", runs, "--json", "--quiet"])
  }

  /// The measures of all runs, without the places they lie in.
  private func measures(_ result: CollapseCommand.Result, in runs: String) -> String {
    result.output.replacing(runs, with: "")
  }

  @Test(.enabled(if: SmallDisk.isAvailable, "needs the right to mount a tmpfs"))
  func aDiskTooSmallIsRefusedBeforeTheFirstRun() throws {
    let disk = try SmallDisk(mebibytes: 1)
    let result = try run(pipeline(checkpoints: "{ everyEpochs: 1 }"), in: disk("runs"))
    #expect(result.exitCode == 73)
    #expect(
      result.errors.contains(
        "error: cannot start the runs in '\(disk("runs"))': they will write about"),
      "\(result.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path).isEmpty)
  }

  @Test(.enabled(if: SmallDisk.isAvailable, "needs the right to mount a tmpfs"))
  func aDiskThatFillsUpEndsTheRunsAndLosesNothing() throws {
    let whole = try run(pipeline(epochs: 400), in: folder("whole"))
    #expect(whole.exitCode == 0, "\(whole.errors)")
    let disk = try SmallDisk(mebibytes: 64)
    let running = try CollapseCommand.start([
      "run", pipeline(epochs: 400), "--runs", disk("runs"), "--json", "--quiet",
    ])
    while running.isRunning, checkpoints(in: disk("runs")).isEmpty {
      Thread.sleep(forTimeInterval: 0.01)
    }
    try disk.fill()
    let result = running.finish()
    #expect(result.exitCode == 73, "\(result.errors)")
    #expect(result.errors.contains("no space left"), "\(result.errors)")
    for path in checkpoints(in: disk("runs")) {
      #expect(throws: Never.self, "\(path)") { try CheckpointFile.read(path) }
    }
    try FileManager.default.removeItem(atPath: disk("filling"))
    let resumed = try run(pipeline(epochs: 400), in: disk("runs"))
    #expect(resumed.exitCode == 0, "\(resumed.errors)")
    #expect(try bits(in: disk("runs")) == bits(in: folder("whole")))
  }

  @Test(.enabled(if: SmallDisk.isAvailable, "needs the right to mount a tmpfs"))
  func aReadOnlyFolderServesWhatIsDoneAndRefusesTheRest() throws {
    let disk = try SmallDisk(mebibytes: 64)
    let first = try run(pipeline(), in: disk("runs"))
    #expect(first.exitCode == 0, "\(first.errors)")
    try disk.makeReadOnly()
    let second = try run(pipeline(), in: disk("runs"))
    #expect(second.exitCode == 0, "\(second.errors)")
    #expect(second.output == first.output)
    let changed = try CollapseCommand.run([
      "run", pipeline(), "--runs", disk("runs"), "--set", "measures.convention=papyan", "--quiet",
    ])
    #expect(changed.exitCode == 73)
    #expect(changed.errors.lowercased().contains("read-only"), "\(changed.errors)")
    try disk.makeWritable()
    #expect(try run(pipeline(), in: disk("runs")).output == first.output)
  }

  @Test func aKilledGridGoesOnToTheSameBits() throws {
    let file = pipeline(epochs: 600, checkpoints: "{ everyEpochs: 25 }")
    let whole = try run(file, in: folder("whole"))
    #expect(whole.exitCode == 0, "\(whole.errors)")
    var generator = SeededGenerator(seed: 11, stream: "kill")
    var kills = 0
    for _ in 0..<8 {
      let running = try CollapseCommand.start(["run", file, "--runs", folder("parts"), "--quiet"])
      Thread.sleep(forTimeInterval: generator.uniform(0.1..<0.5))
      kills += running.isRunning ? 1 : 0
      running.kill()
      running.finish()
    }
    #expect(kills > 0)
    let last = try run(file, in: folder("parts"))
    #expect(last.exitCode == 0, "\(last.errors)")
    #expect(try bits(in: folder("parts")) == bits(in: folder("whole")))
    // What a killed write left behind is cleared away.
    let rest = FileManager.default.enumerator(atPath: folder("parts"))?.compactMap { $0 as? String }
    #expect(rest?.contains { $0.contains(".partial-") } == false)
  }

  @Test func aFolderOfANewerVersionCostsOnlyItsRun() throws {
    let first = try run(pipeline(), in: folder("runs"))
    #expect(first.exitCode == 0, "\(first.errors)")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder("runs/small"))
      .filter { $0.hasPrefix("seed") }.sorted()
    let manifest = "runs/small/\(names[0])/manifest.json"
    folder.write(Array("{\"format\": \"collapse-run\", \"version\": 99}".utf8), to: manifest)
    let before = try FileManager.default.subpathsOfDirectory(
      atPath: folder("runs/small/\(names[0])"))
    let result = try run(pipeline(), in: folder("runs"))
    #expect(result.exitCode == 65)
    #expect(
      result.errors.contains(
        "cannot read '\(folder(manifest))': it has version 99, written by a newer collapse"),
      "\(result.errors)")
    #expect(
      try FileManager.default.subpathsOfDirectory(atPath: folder("runs/small/\(names[0])"))
        == before)
    let listed = try CollapseCommand.run(["runs", folder("runs/small")])
    #expect(listed.output.contains("other version"), "\(listed.output)")
  }

  private func checkpoints(in runs: String) -> [String] {
    (FileManager.default.enumerator(atPath: runs)?.compactMap { $0 as? String } ?? [])
      .filter { $0.hasSuffix(".h5") && $0.contains("checkpoints/") && !$0.contains(".partial-") }
      .map { "\(runs)/\($0)" }
  }

  /// The last checkpoint's tensors of each run.
  private func bits(in runs: String) throws -> [[String: Tensor]] {
    let folders = try FileManager.default.contentsOfDirectory(atPath: "\(runs)/small")
      .filter { $0.hasPrefix("seed") }.sorted()
    return try folders.map { name in
      let last = checkpoints(in: "\(runs)/small/\(name)").max()
      let content = try CheckpointFile.read(try #require(last))
      return Dictionary(
        content.names.map { ($0, content[$0]!) }, uniquingKeysWith: { one, _ in one })
    }
  }
}
