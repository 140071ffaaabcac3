import Foundation
import TestSupport
import Testing

/// Many files measured in shares, by hand or as jobs of a cluster: the tables are those of one process.
@Suite(.serialized) struct SlurmFilesTests {
  let folder = TemporaryFolder()
  private let names = ["measures.csv", "measures.pairs.csv", "measures.json"]

  private func writeFeatures() throws {
    for epoch in 1...4 {
      try SmallFeatures(epoch: epoch, seed: UInt64(epoch)).write(folder("\(epoch)-train.h5"))
    }
    // Decided by the training file beside it, which is of another share.
    try SmallFeatures(split: "test", epoch: 4, seed: 9).write(folder("4-test.h5"))
  }

  /// Four checkpoints of a network, and the samples that they are measured on.
  private func writeCheckpoints() throws -> String {
    let data = CollapseCommand.projectRoot + "/data/sample/idx"
    let result = try collapse([
      "train", data, "run", "--widths", "8", "--epochs", "4", "--checkpoints", "4",
      "--quiet",
    ])
    try #require(result.exitCode == 0, "\(result.errors)")
    return data
  }

  private func collapse(
    _ arguments: [String], _ cluster: SlurmCluster? = nil
  ) throws -> CollapseCommand.Result {
    try CollapseCommand.run(arguments, in: folder.path, environment: cluster?.environment ?? [:])
  }

  /// The tables, which are taken away.
  private func tables() throws -> [String] {
    try names.map { name in
      defer { try? FileManager.default.removeItem(atPath: folder(name)) }
      return try String(contentsOfFile: folder(name), encoding: .utf8)
    }
  }

  @Test func sharesJoinToTheWhole() throws {
    try writeFeatures()
    let output = ["-o", "measures.csv"]
    let files = ["analyze", "*.h5"]
    #expect(try collapse(files + output).exitCode == 0)
    let whole = try tables()
    for share in 1...3 {
      let result = try collapse(files + ["--share", "\(share)/3", "-o", "share-\(share).csv"])
      #expect(result.exitCode == 0)
      #expect(
        result.errors.hasSuffix("\(share == 3 ? "1 file" : "2 files") → share-\(share).csv\n"))
    }
    let joined = try collapse(files + output + ["--earlier", "share-*.json"])
    #expect(joined.errors.hasSuffix("5 files → measures.csv, 5 unchanged\n"), "\(joined.errors)")
    #expect(try tables() == whole)
    // What is not there is measured; what changed is measured again.
    try SmallFeatures(epoch: 2, seed: 7).write(folder("2-train.h5"))
    let rest = try collapse(files + output + ["--earlier", "share-1.json", "share-2.json"])
    #expect(rest.errors.hasSuffix("5 files → measures.csv, 3 unchanged\n"), "\(rest.errors)")
  }

  @Test(arguments: [
    (
      ["a.h5", "--share", "1/2", "-o", "m.csv"], "--share is of several files: --part is of one set"
    ),
    (["a.h5", "b.h5", "--share", "1/2"], "--share needs -o"),
    (["a.h5", "b.h5", "--on", "slurm", "--watch", "-o", "m.csv"], "exclude each other"),
    (["a.h5", "--on", "slurm", "-o", "m.csv"], "--on slurm is of several files"),
    (["a.h5", "b.h5", "--detach"], "--detach needs --on slurm"),
    (["a.h5", "b.h5", "--on", "slurm"], "--on slurm needs -o"),
  ]) func wordsThatDoNotGoTogether(arguments: [String], message: String) throws {
    let result = try collapse(["analyze"] + arguments)
    #expect(result.exitCode == 64 && result.errors.contains(message), "\(result.errors)")
  }

  @Test(.enabled(if: SlurmCluster.isPossible, "needs root and Slurm"))
  func filesAreJobs() throws {
    let cluster = try SlurmCluster(nodes: 2)
    try #require(cluster.isRunning)
    try writeFeatures()
    let files = ["analyze", "*.h5", "-o", "measures.csv"]
    #expect(try collapse(files).exitCode == 0)
    let whole = try tables()
    let jobs = try collapse(files + ["--on", "slurm", "--jobs-per-task", "2"], cluster)
    #expect(jobs.exitCode == 0, "\(jobs.errors)")
    #expect(jobs.errors.contains("5 files in 3 tasks of 1 processor"), "\(jobs.errors)")
    #expect(jobs.errors.hasSuffix("5 files → measures.csv, 5 unchanged\n"), "\(jobs.errors)")
    #expect(try tables() == whole)
    // A bad file costs the others nothing, and is told as it is told here.
    folder.write(Array("no feature file".utf8), to: "5-train.h5")
    let bad = try collapse(files + ["--on", "slurm"], cluster)
    #expect(bad.exitCode == 65)
    #expect(bad.errors.contains("5-train.h5") && bad.errors.contains("1 of 6 files failed"))
    #expect(try tables() == whole)
    // Left to themselves.
    let left = try collapse(files + ["--on", "slurm", "--detach"], cluster)
    #expect(left.exitCode == 0 && left.errors.contains("the jobs go on: 'scancel "))
    try cluster.drain()
    #expect(try tables() == whole)
  }

  @Test(.enabled(if: SlurmCluster.isPossible, "needs root and Slurm"))
  func checkpointsAreJobs() throws {
    let cluster = try SlurmCluster(nodes: 2)
    try #require(cluster.isRunning)
    let data = try writeCheckpoints()
    let files = ["measure", "run/checkpoints/*.h5", data, "-o", "measures.csv"]
    // A network's features have the bits of as many threads.
    let here = try collapse(files + ["--threads", "1"])
    #expect(here.exitCode == 0, "\(here.errors)")
    let whole = try tables()
    let jobs = try collapse(files + ["--on", "slurm", "--jobs-per-task", "2"], cluster)
    #expect(jobs.exitCode == 0, "\(jobs.errors)")
    #expect(jobs.errors.hasSuffix("4 checkpoints → measures.csv, 4 unchanged\n"), "\(jobs.errors)")
    #expect(try tables() == whole)
  }
}
