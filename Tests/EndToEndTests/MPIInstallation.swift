import Foundation
import TestSupport
import Testing

/// An MPI that is installed here, with the adapter that its compiler makes.
struct MPIInstallation: Sendable, CustomTestStringConvertible {
  let name: String
  let launcher: String
  let compiler: String
  /// What its launcher is told besides: ranks may be more than processors, and root's.
  let options: [String]

  static let openMPI = MPIInstallation(
    name: "Open MPI", launcher: "mpirun.openmpi", compiler: "mpicc.openmpi",
    options: ["--oversubscribe", "--bind-to", "none"])
  static let mpich = MPIInstallation(
    name: "MPICH", launcher: "mpirun.mpich", compiler: "mpicc.mpich", options: [])

  static let installed = [openMPI, mpich].filter(\.isInstalled)
  static let need = "needs Open MPI or MPICH with its mpicc"
  static let needOfBoth = "needs Open MPI and MPICH with their mpicc"

  var isInstalled: Bool { Subprocess.path(launcher) != nil && Subprocess.path(compiler) != nil }
  var testDescription: String { name }

  /// A cache with the adapters of all, each of which the script has made.
  static let cache: TemporaryFolder = {
    let cache = TemporaryFolder()
    for mpi in installed {
      let made = try? Subprocess.run(
        "env",
        [
          "XDG_CACHE_HOME=\(cache.path)",
          CollapseCommand.projectRoot + "/scripts/build-mpi-adapter",
          mpi.compiler,
        ])
      if made?.status != 0 { Issue.record("\(mpi.name): \(made?.errors ?? "not made")") }
    }
    return cache
  }()

  static var environment: [String: String] {
    [
      "XDG_CACHE_HOME": cache.path, "COLLAPSE_MPI_ADAPTER": "",
      "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    ]
  }

  /// `collapse` with so many ranks.
  func run(
    _ ranks: Int, _ arguments: [String], in folder: TemporaryFolder,
    _ others: [String: String] = [:]
  ) throws -> Subprocess.Outcome {
    let environment = MPIInstallation.environment.merging(others) { $1 }
    return try Subprocess.run(
      "env",
      environment.map { "\($0)=\($1)" } + [launcher] + options
        + ["-n", "\(ranks)", CollapseCommand.path] + arguments, in: folder.path)
  }
}

extension Subprocess.Outcome {
  /// What ranks say went wrong; launchers say much besides.
  var refusals: [String] {
    errors.split(separator: "\n").filter { $0.contains("error: ") && !$0.contains("PMI") }
      .map(String.init)
  }
}
