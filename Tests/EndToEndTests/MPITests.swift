import Foundation
import TestSupport
import Testing

/// `mpirun collapse analyze`: ranks have the bits of one process, by any MPI, and one executable.
@Suite(
  .serialized,
  .enabled(if: !MPIInstallation.installed.isEmpty, Comment(rawValue: MPIInstallation.need)))
struct MPITests {
  private let folder = TemporaryFolder()
  private let names = ["measures.csv", "measures.pairs.csv", "measures.json"]

  /// Three shards of one set, of very different lengths, and the set in one file.
  private func writeShards() throws {
    let set = SmallFeatures(labels: (0..<9000).map { Int32($0 * $0 % 3) })
    for (name, rows) in [("a", 0..<5000), ("b", 5000..<5001), ("c", 5001..<9000)] {
      try set.write(folder("train-\(name).h5"), rows: rows)
    }
    try set.write(folder("whole.h5"))
  }

  private func analyze(_ arguments: [String]) throws -> CollapseCommand.Result {
    try CollapseCommand.run(
      ["analyze"] + arguments, in: folder.path, environment: MPIInstallation.environment)
  }

  /// The tables, which are taken away.
  private func tables() throws -> [String] {
    try names.map { name in
      defer { try? FileManager.default.removeItem(atPath: folder(name)) }
      return try String(contentsOfFile: folder(name), encoding: .utf8)
    }
  }

  @Test(arguments: MPIInstallation.installed, [1, 2, 3, 5])
  func ranksHaveTheBytesOfOneProcess(mpi: MPIInstallation, count: Int) throws {
    try writeShards()
    let options = ["--spectrum", "-o", "measures.csv", "--threads"]
    for files in [["train-*.h5", "--shards"], ["whole.h5"]] {
      #expect(try analyze(files + options + ["2"]).exitCode == 0)
      let whole = try tables()
      for threads in [1, 2] {
        let outcome = try mpi.run(
          count, ["analyze"] + files + options + ["\(threads)"], in: folder)
        try #require(outcome.status == 0, "\(outcome.errors)")
        #expect(try tables() == whole, "\(files), \(threads) threads")
        // One speaks.
        #expect(outcome.errors.components(separatedBy: "→ measures.csv").count == 2)
      }
    }
  }

  /// Means of a training split, and of an out-of-distribution set, are found by all as well; a summary
  /// is printed once.
  @Test(arguments: MPIInstallation.installed)
  func whatTheRowsAreComparedWith(mpi: MPIInstallation) throws {
    try writeShards()
    try SmallFeatures(split: "test", seed: 5).write(folder("test.h5"))
    let options = ["test.h5", "--means-from", "whole.h5", "--ood", "train-a.h5", "--json"]
    let alone = try analyze(options)
    let outcome = try mpi.run(3, ["analyze"] + options, in: folder)
    #expect(outcome.status == 0 && alone.exitCode == 0, "\(outcome.errors)")
    #expect(outcome.output == alone.output)
  }

  /// Of several sets each rank has its share; what stands is not measured again, and a bad file costs
  /// the others nothing.
  @Test(arguments: MPIInstallation.installed)
  func severalSetsAreShared(mpi: MPIInstallation) throws {
    for epoch in 1...5 {
      try SmallFeatures(epoch: epoch, seed: UInt64(epoch)).write(folder("epoch-\(epoch).h5"))
    }
    let options = ["analyze", "epoch-*.h5", "-o", "measures.csv"]
    let first = try mpi.run(3, options, in: folder)
    #expect(first.status == 0, "\(first.errors)")
    let shared = try tables()
    #expect(try analyze(Array(options.dropFirst())).exitCode == 0)
    folder.write(Array("no feature file".utf8), to: "epoch-6.h5")
    let again = try mpi.run(2, options, in: folder)
    #expect(again.status == 65)
    #expect(again.errors.contains("5 files → measures.csv, 5 unchanged"), "\(again.errors)")
    #expect(again.refusals.count == 1 && again.errors.contains("1 of 6 files failed"))
    #expect(try tables() == shared)
  }

  @Test(arguments: MPIInstallation.installed)
  func whatIsWrongIsSaidOnce(mpi: MPIInstallation) throws {
    try writeShards()
    let missing = try mpi.run(3, ["analyze", "none.h5"], in: folder)
    #expect(missing.status == 66)
    #expect(
      missing.refusals == ["error: cannot read 'none.h5': it does not exist"],
      "\(missing.errors)")
    let place = try mpi.run(2, ["analyze", "whole.h5", "-o", "no/m.csv"], in: folder)
    #expect(place.status == 73 && place.refusals.count == 1, "\(place.errors)")
    let unknown = try mpi.run(3, ["analyze", "whole.h5", "--nonsense"], in: folder)
    #expect(unknown.status == 64)
    #expect(unknown.refusals == ["error: Unknown option '--nonsense'"], "\(unknown.errors)")
    let option = try mpi.run(2, ["analyze", "whole.h5", "--class-spectrum"], in: folder)
    #expect(option.status == 64, "\(option.errors)")
    #expect(
      option.refusals == [
        "error: whole.h5: the spectrum of each class takes all rows at once: an analysis in parts has "
          + "them not"
      ])
  }

  /// What only one rank meets, in the middle of a pass, ends all of them: it says so, and who it is.
  @Test(
    .enabled("needs Python with h5py", { PythonEnvironment.with(["h5py"]).isAvailable }),
    arguments: MPIInstallation.installed)
  func aRankThatFailsInAPassEndsAll(mpi: MPIInstallation) throws {
    _ = try PythonEnvironment.with(["h5py"]).run(
      """
      import h5py, numpy, sys
      rows = numpy.random.default_rng(1).integers(0, 1000, (60000, 8)).astype("f4")
      with h5py.File(sys.argv[1], "w") as file:
          features = file.create_dataset("features", data=rows, chunks=(2000, 8), compression="gzip", fletcher32=True)
          file["labels"] = numpy.arange(60000) % 3
          chunk = features.id.get_chunk_info(28)
      with open(sys.argv[1], "r+b") as file:
          file.seek(chunk.byte_offset + chunk.size // 2)
          file.write(bytes(40))
      """, [folder("bad.h5")])
    let outcome = try mpi.run(3, ["analyze", "bad.h5", "-o", "measures.csv"], in: folder)
    #expect(outcome.status == 65)
    #expect(outcome.refusals.count == 1, "\(outcome.errors)")
    #expect(
      outcome.refusals.first?.firstMatch(
        of: #/^error: rank 2 on [^ ]+: bad.h5, dataset '/features': HDF5 could not read rows/#)
        != nil,
      "\(outcome.errors)")
    #expect(folder.names == ["bad.h5"])
  }

  /// Ranks that were given different files are no analysis.
  @Test(arguments: MPIInstallation.installed)
  func ranksThatSeeOtherFiles(mpi: MPIInstallation) throws {
    try writeShards()
    let environment = MPIInstallation.environment.map { "\($0)=\($1)" }
    let colon = [":"] + ["-n", "1", CollapseCommand.path, "analyze", "train-a.h5"]
    let outcome = try Subprocess.run(
      "env",
      environment + [mpi.launcher] + mpi.options
        + ["-n", "1", CollapseCommand.path, "analyze", "whole.h5"] + colon, in: folder.path)
    #expect(outcome.status == 64)
    #expect(
      outcome.refusals.count == 1
        && outcome.refusals[0].hasSuffix(
          "rank 1 was given other files than rank 0: ranks that are started together do one "
            + "analysis"),
      "\(outcome.errors)")
  }

  // MARK: - Launchers and adapters

  @Test(arguments: MPIInstallation.installed)
  func withoutAnAdapter(mpi: MPIInstallation) throws {
    try writeShards()
    let empty = TemporaryFolder()
    let outcome = try mpi.run(
      2, ["analyze", "whole.h5"], in: folder, ["XDG_CACHE_HOME": empty.path])
    #expect(outcome.status == 66)
    #expect(
      outcome.refusals == [
        "error: \(mpi.name)'s mpirun started 2 processes, and there is no MPI adapter for \(mpi.name) "
          + "through which they could work together: scripts/build-mpi-adapter makes one with the "
          + "site's mpicc, or COLLAPSE_MPI_ADAPTER says where it is. COLLAPSE_MPI_ADAPTER=none lets "
          + "each process work for itself"
      ], "\(outcome.errors)")
    let apart = try mpi.run(
      2, ["analyze", "whole.h5"], in: folder,
      ["XDG_CACHE_HOME": empty.path, "COLLAPSE_MPI_ADAPTER": "none"])
    #expect(apart.status == 0)
    #expect(
      apart.output.components(separatedBy: "whole.h5, layer fc1").count == 3, "\(apart.output)")
    let wrong = try mpi.run(
      2, ["analyze", "whole.h5"], in: folder, ["COLLAPSE_MPI_ADAPTER": folder("whole.h5")])
    #expect(wrong.status == 66 && wrong.refusals.count == 1)
    #expect(wrong.errors.contains("cannot load the MPI adapter '\(folder("whole.h5"))'"))
  }

  /// Processes of a launcher through which the adapter's library does not find them would each be alone.
  @Test(
    .enabled(
      if: MPIInstallation.installed.count == 2, Comment(rawValue: MPIInstallation.needOfBoth)))
  func launchersOfAnotherMPI() throws {
    try writeShards()
    let cache = MPIInstallation.cache.path + "/collapse/mpi"
    for (launcher, other, file) in [
      (MPIInstallation.openMPI, "MPICH", "mpich"), (.mpich, "Open MPI", "openmpi"),
    ] {
      let adapter = "\(cache)/libcollapse-mpi-\(file).so"
      let outcome = try launcher.run(
        3, ["analyze", "whole.h5"], in: folder, ["COLLAPSE_MPI_ADAPTER": adapter])
      #expect(outcome.status == 64)
      #expect(outcome.refusals.count == 1, "\(outcome.errors)")
      #expect(
        outcome.errors.contains(
          "error: \(launcher.name)'s mpirun started 3 processes, but for the MPI adapter '\(adapter)', "
            + "of \(other)"), "\(outcome.errors)")
    }
    // Of a launcher of any MPI nothing says which.
    func alone(_ others: [String: String]) throws -> CollapseCommand.Result {
      try CollapseCommand.run(
        ["analyze", "whole.h5"], in: folder.path,
        environment: MPIInstallation.environment.merging(others) { $1 })
    }
    let flux = ["FLUX_TASK_RANK": "0", "FLUX_JOB_SIZE": "2"]
    let undecided = try alone(flux)
    #expect(
      undecided.exitCode == 64
        && undecided.errors.hasPrefix(
          "error: Flux started 2 processes, and there are adapters for Open MPI and MPICH: say which "
            + "is theirs by COLLAPSE_MPI_ADAPTER='"),
      "\(undecided.errors)")
    let adapter = ["COLLAPSE_MPI_ADAPTER": "\(cache)/libcollapse-mpi-mpich.so"]
    let single = try alone(flux.merging(adapter) { $1 })
    #expect(
      single.exitCode == 64
        && single.errors.hasPrefix(
          "error: Flux started 2 processes, but for the MPI adapter '\(cache)/libcollapse-mpi-mpich.so'"
        ), "\(single.errors)")
    // Started by srun without what an MPI needs to find the others; a batch script is no such task.
    let task = ["SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "2"].merging(adapter) { $1 }
    let step = try alone(task)
    #expect(step.exitCode == 64)
    #expect(
      step.errors.contains(
        "each of them is alone: start them with --mpi=pmix or --mpi=pmi2, as 'srun --mpi=list' has "
          + "them, or by the launcher of MPICH"), "\(step.errors)")
    let batch = try alone(["SLURM_PROCID": "0", "SLURM_NTASKS": "2"])
    #expect(batch.exitCode == 0, "\(batch.errors)")
  }

  @Test(arguments: MPIInstallation.installed)
  func doctorSeesThem(mpi: MPIInstallation) throws {
    let outcome = try mpi.run(2, ["doctor"], in: folder)
    for rank in 0..<2 {
      #expect(
        outcome.output.contains("\(mpi.name)'s mpirun, rank \(rank) of 2"), "\(outcome.output)")
    }
    #expect(outcome.output.contains("\(MPIInstallation.cache.path)/collapse/mpi/libcollapse-mpi-"))
    let alone = try CollapseCommand.run(["doctor"], environment: MPIInstallation.environment)
    #expect(alone.output.contains("none started this process"))
  }
}
