import Foundation
import TestSupport
import Testing

/// What docs/many-machines.md shows does what it says, block by block.
@Suite(.serialized) struct ClusterPageTests {
  private let folder = TemporaryFolder()

  /// The blocks of code of the page, in their order.
  private static var blocks: [String] {
    get throws {
      let page = try String(
        contentsOfFile: CollapseCommand.projectRoot + "/docs/many-machines.md", encoding: .utf8)
      return page.split(separator: "```\n", omittingEmptySubsequences: false).enumerated()
        .filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }
  }

  private func block(_ part: String) throws -> String {
    try #require(try ClusterPageTests.blocks.first { $0.contains(part) }, "no block with \(part)")
  }

  /// Runs text as a user types it, in a folder with the study, and takes away what stood of it.
  private func run(
    _ text: String, _ environment: [String: String] = [:], afresh: Bool = true
  ) throws -> Subprocess.Outcome {
    let sample = CollapseCommand.projectRoot + "/data/sample"
    folder.write(
      Array(
        """
        name: study
        dataset: { train: { path: \(sample)/idx }, shaping: { perClass: 10 } }
        network: { kind: mlp, widths: [8] }
        training: { epochs: 2, batchSize: 50 }
        features: { splits: [train] }
        grid:
          training.weightDecay: [0, 1e-3]
          training.seed: [1, 2]
        """.utf8), to: "study.yaml")
    if afresh { try? FileManager.default.removeItem(atPath: folder("runs")) }
    return try CollapseCommand.shell(text, in: folder.path, environment: environment)
  }

  private var pageIsThere: Bool {
    FileManager.default.fileExists(atPath: folder("runs/study/report/index.html"))
  }

  private var measured: Int {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder("runs/study"))) ?? []
    return names.count { name in
      name != "report"
        && FileManager.default.fileExists(atPath: folder("runs/study/\(name)/measures.json"))
    }
  }

  @Test func pointsAndReport() throws {
    let laptop = try run(block("collapse run study.yaml\n"))
    #expect(laptop.status == 0 && pageIsThere && measured == 4, "\(laptop.errors)")
    let points = try run(block("--report-only      #"))
    #expect(points.status == 0 && pageIsThere && measured == 1, "\(points.errors)")
  }

  @Test func anAnalysisInParts() throws {
    try writeFeatures()
    let whole = try run("collapse analyze 'train-*.h5' --shards -o whole.csv")
    #expect(whole.status == 0, "\(whole.errors)")
    let parts = try run(block("for i in"))
    #expect(parts.status == 0, "\(parts.errors)")
    #expect(try text("measures.csv") == text("whole.csv"))
  }

  /// As a user of this machine's own `mpirun` types it.
  @Test(
    .enabled(
      if: ["mpirun", "mpicc"].allSatisfy { Subprocess.path($0) != nil },
      "needs mpirun and mpicc"))
  func anAnalysisByMPI() throws {
    try writeFeatures()
    let whole = try run("collapse analyze 'train-*.h5' --shards -o whole.csv")
    #expect(whole.status == 0, "\(whole.errors)")
    let environment = [
      "XDG_CACHE_HOME": folder("cache"), "COLLAPSE_MPI_ADAPTER": "",
      "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
      "OMPI_MCA_rmaps_base_oversubscribe": "1",
    ]
    let script = try block("scripts/build-mpi-adapter")
    let made = try run("\(CollapseCommand.projectRoot)/\(script)", environment)
    #expect(made.status == 0, "\(made.errors)")
    let ranks = try run(block("mpirun -n 4"), environment)
    #expect(ranks.status == 0, "\(ranks.errors)")
    #expect(try text("measures.csv") == text("whole.csv"))
  }

  /// As a job: its tasks are the ranks.
  @Test(
    .enabled(
      if: SlurmCluster.isPossible && MPIInstallation.mpich.isInstalled,
      "needs root, Slurm and MPICH"))
  func anAnalysisByMPIAsAJob() throws {
    let cluster = try SlurmCluster(nodes: 1, processors: 4)
    try #require(cluster.isRunning)
    try writeFeatures()
    let whole = try run("collapse analyze 'train-*.h5' --shards -o whole.csv")
    #expect(whole.status == 0, "\(whole.errors)")
    let environment = cluster.environment.merging([
      "XDG_CACHE_HOME": folder("cache"), "COLLAPSE_MPI_ADAPTER": "",
    ]) { $1 }
    let script = try block("scripts/build-mpi-adapter").trimmingCharacters(in: .newlines)
    let made = try run(
      "\(CollapseCommand.projectRoot)/\(script) \(MPIInstallation.mpich.compiler)", environment)
    #expect(made.status == 0, "\(made.errors)")
    folder.write(Array(try block("srun --mpi").utf8), to: "ranks.sh")
    let job = try run("sbatch --wait --output=ranks.log ranks.sh", environment)
    #expect(job.status == 0, "\(job.errors)\((try? text("ranks.log")) ?? "")")
    #expect(try text("measures.csv") == text("whole.csv"))
  }

  @Test func manyFilesInShares() throws {
    let whole = try writeEpochs()
    let shares = try run(block("--share $i/3"))
    #expect(shares.status == 0, "\(shares.errors)")
    #expect(try text("measures.csv") == whole)
  }

  /// Five files, and the table of them.
  private func writeEpochs() throws -> String {
    for epoch in 1...5 {
      try SmallFeatures(epoch: epoch, seed: UInt64(epoch)).write(folder("epoch-\(epoch).h5"))
    }
    let whole = try run("collapse analyze 'epoch-*.h5' -o whole.csv")
    #expect(whole.status == 0, "\(whole.errors)")
    return try text("whole.csv")
  }

  private func writeFeatures() throws {
    let set = SmallFeatures(labels: (0..<5000).map { Int32($0 % 3) })
    try set.write(folder("train-1.h5"), rows: 0..<3100)
    try set.write(folder("train-2.h5"), rows: 3100..<5000)
  }

  private func text(_ name: String) throws -> String {
    try String(contentsOfFile: folder(name), encoding: .utf8)
  }

  @Test(.enabled(if: Subprocess.path("parallel") != nil, "needs GNU parallel"))
  func gnuParallel() throws {
    let outcome = try run(block("parallel -j"))
    #expect(outcome.status == 0 && pageIsThere && measured == 4, "\(outcome.errors)")
  }

  /// What other schedulers are given, as they would give it to a shell.
  @Test func linesOfOtherSchedulers() throws {
    let rules = try block("rule report:").matches(of: /shell: "(.*)"/).map { String($0.output.1) }
    try #require(rules.count == 2)
    let point = try run(rules[1].replacing("{wildcards.point}", with: "2"))
    #expect(point.status == 0 && measured == 1, "\(point.errors)")
    let report = try run(rules[0], afresh: false)
    #expect(report.status == 0 && pageIsThere, "\(report.errors)")
    let page = try String(
      contentsOfFile: CollapseCommand.projectRoot + "/docs/many-machines.md", encoding: .utf8)
    let engine = try #require(page.firstMatch(of: /-cwd '(.*)'`/)).output.1
    #expect(try run(String(engine), ["SGE_TASK_ID": "4"]).status == 0 && measured == 1)
    let pod = try #require(page.firstMatch(of: /`(collapse run .*JOB_COMPLETION_INDEX.*)`/)).output
      .1
    #expect(try run(String(pod), ["JOB_COMPLETION_INDEX": "0"]).status == 0 && measured == 1)
  }

  @Test(.enabled(if: SlurmCluster.isPossible, "needs root and Slurm"))
  func slurm() throws {
    let cluster = try SlurmCluster(nodes: 1, processors: 4)
    try #require(cluster.isRunning)
    let oneWord = try run(block("collapse run study.yaml --on slurm\n"), cluster.environment)
    #expect(oneWord.status == 0 && pageIsThere && measured == 4, "\(oneWord.errors)")

    // Each line of the block of variants for itself: they are of one study.
    for line in try block("--jobs-per-task").split(separator: "\n")
    where !line.hasPrefix("collapse runs") {
      let outcome = try run(String(line), cluster.environment)
      #expect(outcome.status == 0, "\(line): \(outcome.errors)")
      try cluster.drain()
      #expect(pageIsThere && measured == 4, "\(line)")
    }
    for line in try block("--jobs-per-task").split(separator: "\n")
    where line.hasPrefix("collapse runs") {
      let outcome = try run(String(line), cluster.environment, afresh: false)
      #expect(outcome.status == 0, "\(line): \(outcome.errors)")
    }

    // An analysis in parts, as jobs.
    try writeFeatures()
    let whole = try run("collapse analyze 'train-*.h5' --shards -o whole.csv")
    #expect(whole.status == 0, "\(whole.errors)")
    let parts = try run(block("first=$(sbatch"), cluster.environment)
    #expect(parts.status == 0, "\(parts.errors)")
    try cluster.drain()
    #expect(try text("measures.csv") == text("whole.csv"))

    // Many files.
    let epochs = try writeEpochs()
    let files = try run(block("-o measures.csv --on slurm"), cluster.environment)
    #expect(files.status == 0, "\(files.errors)")
    #expect(try text("measures.csv") == epochs)

    // The script of one's own.
    folder.write(Array(try block("#SBATCH --array").utf8), to: "points.sh")
    let submitted = try run(block("job=$(sbatch"), cluster.environment)
    #expect(submitted.status == 0, "\(submitted.errors)")
    try cluster.drain()
    #expect(pageIsThere && measured == 4)
  }
}
