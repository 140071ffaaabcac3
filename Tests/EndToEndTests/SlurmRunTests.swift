import Foundation
import TestSupport
import Testing

/// A study on a cluster is the study on this machine, whatever becomes of jobs and nodes.
@Suite(.serialized, .enabled(if: SlurmCluster.isPossible, "needs root and Slurm"))
struct SlurmRunTests {
  let folder = TemporaryFolder()

  #if DEBUG
    private let epochs = 80
  #else
    private let epochs = 300
  #endif

  /// Four points of some seconds each, so that they can be met at work.
  private var study: String {
    """
    name: cluster
    dataset:
      train: { path: \(CollapseCommand.projectRoot)/data/sample/idx }
      test: { path: \(CollapseCommand.projectRoot)/data/sample/png }
      shaping: { perClass: 20 }
    network: { kind: mlp, widths: [16, 8] }
    training: { epochs: \(epochs), batchSize: 32, learningRate: 0.05, checkpoints: { everyEpochs: 20 } }
    grid:
      network.batchNormalization: [none, all]
      training.seed: [1, 2]
    """
  }

  private struct Catalog: Decodable {
    struct Run: Decodable {
      let path: String
      let name: String
      let state: String
      let epoch: Int?
      let host: String?
      let job: String?
    }
    let runs: [Run]
  }

  /// The place `name` with the study in it.
  private func place(_ name: String) -> String {
    folder.write(Array(study.utf8), to: "\(name)/study.yaml")
    return folder(name)
  }

  private func collapse(
    _ arguments: [String], in place: String, _ cluster: SlurmCluster?
  ) throws -> CollapseCommand.Result {
    try CollapseCommand.run(arguments, in: place, environment: cluster?.environment ?? [:])
  }

  private func runs(in place: String, _ cluster: SlurmCluster) throws -> [Catalog.Run] {
    let result = try collapse(["runs", "--json"], in: place, cluster)
    #expect(result.exitCode == 0, "\(result.errors)")
    return try JSONDecoder().decode(Catalog.self, from: Data(result.output.utf8)).runs
  }

  /// Every file of measures of the study in a place, by its path there, and the table of its report.
  private func measures(in place: String) throws -> [String: Data] {
    let runs = "\(place)/runs/cluster"
    let names = try FileManager.default.contentsOfDirectory(atPath: runs).sorted()
    var files: [String: Data] = [:]
    for name in names where name != "slurm" && name != "report" {
      files[name] = try Data(contentsOf: URL(filePath: "\(runs)/\(name)/measures.json"))
    }
    files["report"] = try Data(contentsOf: URL(filePath: "\(runs)/report/measures.csv"))
    return files
  }

  /// The study done here, once for all tests.
  private static let undisturbed = Result {
    let tests = SlurmRunTests()
    let whole = tests.place("whole")
    let result = try tests.collapse(["run", "study.yaml", "--quiet"], in: whole, nil)
    try #require(result.exitCode == 0, "\(result.errors)")
    return try tests.measures(in: whole)
  }

  private func wait(_ seconds: Double = 120, until happened: () throws -> Bool) throws -> Bool {
    let end = Date.now.addingTimeInterval(seconds)
    while Date.now < end {
      if try happened() { return true }
      Thread.sleep(forTimeInterval: 0.01)
    }
    return false
  }

  private func epochs(of run: String, in place: String) -> Int {
    let text = try? String(
      contentsOfFile: "\(place)/runs/cluster/\(run)/metrics.csv", encoding: .utf8)
    return max(0, (text?.split(separator: "\n").count ?? 0) - 1)
  }

  @Test func aNodeThatDiesCostsNothing() throws {
    let expected = try SlurmRunTests.undisturbed.get()
    let cluster = try SlurmCluster(nodes: 2)
    try #require(cluster.isRunning)
    let place = place("cluster")
    let following = try CollapseCommand.start(
      ["run", "study.yaml", "--on", "slurm"], in: place, environment: cluster.environment)
    // The second point is the first of node2.
    let second = try #require(
      expected.keys.first { $0.hasPrefix("batchNormalization-none_seed-2") })
    #expect(try wait { !following.isRunning || epochs(of: second, in: place) > 2 })
    try cluster.kill(node: "node2")
    let result = following.finish()
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(
      result.errors.contains("]   back in the queue, from where it goes on\n"), "\(result.errors)")
    #expect(result.errors.contains("4 points in 4 tasks of 1 processor"), "\(result.errors)")
    #expect(try measures(in: place) == expected)
    #expect(result.output.contains("report: runs/cluster/report/index.html"), "\(result.output)")
  }

  /// Submitted and left; told of the limit; refused a second time; cancelled; and done at last.
  @Test func jobsAreFollowedStoppedAndCancelled() throws {
    let expected = try SlurmRunTests.undisturbed.get()
    let cluster = try SlurmCluster(nodes: 1, settings: ["MaxArraySize=3"])
    try #require(cluster.isRunning)
    let place = place("cluster")
    let following = try CollapseCommand.start(
      ["run", "study.yaml", "--on", "slurm"], in: place, environment: cluster.environment)
    // A node for one task: all others wait. Two arrays, for one holds three.
    #expect(try wait { try cluster.queue.contains { $0.contains("RUNNING") } })
    #expect(try cluster.queue.count == 5)
    try cluster.run("scontrol", ["hold", "1_1,1_2,2_0"])
    following.interrupt()
    let left = following.finish()
    #expect(left.exitCode == 130)
    #expect(
      left.errors.contains("\nleft: the jobs go on. 'collapse runs cluster' shows them"),
      "\(left.errors)")
    #expect(left.errors.contains("Slurm job 1, 2: 4 points in 4 tasks"), "\(left.errors)")

    let again = try collapse(["run", "study.yaml", "--on", "slurm"], in: place, cluster)
    #expect(again.exitCode == 64)
    #expect(
      again.errors.contains(
        "points 1, 2, 3 and 4 are in the queue already: 'collapse runs cluster' shows"),
      "\(again.errors)")

    let first = try #require(expected.keys.first { $0.hasPrefix("batchNormalization-none_seed-1") })
    #expect(try wait { epochs(of: first, in: place) > 2 })
    let listed = try runs(in: place, cluster)
    #expect(listed.map(\.state).sorted() == ["running", "waiting", "waiting", "waiting"])
    let running = try #require(listed.first { $0.state == "running" })
    #expect(running.name == first && running.host == "node1" && running.job == "1_0")
    let table = try collapse(["runs"], in: place, cluster).output
    #expect(table.contains("job 2_0 (JobHeld") && table.contains(" node1 "), "\(table)")

    // As Slurm does two minutes before the limit.
    try cluster.run("scancel", ["--batch", "--signal=TERM", "1_0"])
    #expect(try wait { try runs(in: place, cluster).contains { $0.state == "requeued" } })
    let log = try String(
      contentsOfFile: "\(place)/runs/cluster/\(first)/slurm.log", encoding: .utf8)
    #expect(log.contains("stopping: finishing the steps and samples at hand"), "\(log)")
    #expect(!log.contains("error"), "\(log)")

    let cancelled = try collapse(["runs", "cancel", first], in: place, cluster)
    #expect(
      cancelled.exitCode == 0 && cancelled.errors == "cancelled 1 point: job 1_0\n",
      "\(cancelled.errors)")
    let all = try collapse(["runs", "cancel", "cluster"], in: place, cluster)
    #expect(all.errors.hasPrefix("cancelled 3 points: jobs "), "\(all.errors)")
    try cluster.drain()
    #expect(try runs(in: place, cluster).allSatisfy { $0.job == nil })
    let none = try collapse(["runs", "cancel", "cluster"], in: place, cluster)
    #expect(none.errors == "none of them is in the queue\n", "\(none.errors)")

    let detached = try collapse(
      ["run", "study.yaml", "--on", "slurm", "--detach"], in: place, cluster)
    #expect(detached.exitCode == 0, "\(detached.errors)")
    try cluster.drain()
    #expect(try measures(in: place) == expected)
    let done = try collapse(["run", "study.yaml", "--on", "slurm"], in: place, cluster)
    #expect(done.exitCode == 0 && done.errors.contains("no point is left to do"), "\(done.errors)")
  }

  /// Several points to a task, and what Slurm refuses.
  @Test func tasksOfSeveralPoints() throws {
    let cluster = try SlurmCluster(nodes: 1, processors: 2)
    try #require(cluster.isRunning)
    let place = place("cluster")
    let refused = try collapse(
      ["run", "study.yaml", "--on", "slurm", "--slurm-options", "--partition=nowhere"],
      in: place, cluster)
    #expect(refused.exitCode == 64)
    #expect(refused.errors.hasPrefix("error: sbatch: error: "), "\(refused.errors)")
    #expect(refused.errors.contains("Invalid partition name specified"), "\(refused.errors)")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: "\(place)/runs/cluster/slurm") == [])

    let result = try collapse(
      [
        "run", "study.yaml", "--on", "slurm", "--jobs-per-task", "2", "--slurm-options",
        "--partition=main --time=10", "--set", "training.epochs=4", "--set",
        "grid.training.seed=[1, 2, 3]", "--set", "grid.training.learningRate=[0.05]", "--point",
        "1",
        "--point", "3", "--point", "5",
      ], in: place, cluster)
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(result.errors.contains("3 points in 2 tasks of 2 processors"), "\(result.errors)")
    #expect(!FileManager.default.fileExists(atPath: "\(place)/runs/cluster/report"))

    // A point that diverges fails there as it does here.
    let failed = try collapse(
      [
        "run", "study.yaml", "--on", "slurm", "--set", "training.epochs=4", "--set",
        "training.learningRate=1e9", "--set", "training.seed=1",
      ], in: place, cluster)
    #expect(failed.exitCode == 65)
    #expect(failed.errors.contains("  failed: training diverged in epoch"), "\(failed.errors)")
    #expect(failed.errors.hasSuffix("2 of 2 runs failed\n"), "\(failed.errors)")
    let pages = try FileManager.default.contentsOfDirectory(atPath: "\(place)/runs/cluster")
      .filter { $0.hasPrefix("report-") }
    let page = try String(
      contentsOfFile: "\(place)/runs/cluster/\(try #require(pages.first))/index.html",
      encoding: .utf8)
    #expect(page.contains("failed"))
  }
}

/// What is said where there is no cluster.
@Suite struct NoClusterTests {
  private let study = "pipelines/quickstart.yaml"

  @Test func withoutSbatchItIsSaidWhatToDo() throws {
    let folder = TemporaryFolder()
    let result = try CollapseCommand.run(
      ["run", study, "--on", "slurm", "--runs", folder("runs")],
      environment: ["PATH": folder.path])
    #expect(result.exitCode == 66)
    #expect(
      result.errors
        == "error: no 'sbatch' on the PATH: this is no machine of a Slurm cluster from which "
        + "jobs are submitted. Log in to one, or run the study here without --on slurm\n")
    #expect(folder.names == [])
  }

  @Test(arguments: [
    (["--detach"], "--detach needs --on slurm"),
    (["--slurm-options", "--time=1"], "--slurm-options needs --on slurm"),
    (
      ["--on", "slurm", "--jobs", "2"],
      "--jobs is of one machine; --jobs-per-task is that of a job of Slurm"
    ),
    (["--on", "slurm", "--report-only"], "--report-only needs no cluster"),
    (["--on", "slurm", "--jobs-per-task", "0"], "--jobs-per-task is 0, expected at least 1"),
    (
      ["--on", "slurm", "--detach", "--json"],
      "--detach leaves nobody to write --json or --tensorboard"
    ),
  ]) func wordsThatDoNotGoTogether(arguments: [String], message: String) throws {
    let result = try CollapseCommand.run(["run", study] + arguments)
    #expect(result.exitCode == 64)
    #expect(result.errors.hasPrefix("error: \(message)\n"), "\(result.errors)")
  }
}
