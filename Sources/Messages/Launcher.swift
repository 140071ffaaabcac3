public import FoundationEssentials

/// What started this process as one of several, as its environment tells.
public struct Launcher: Sendable, Hashable {
  /// What people call it: `Open MPI's mpirun`.
  public let name: String
  /// The MPI it belongs to; `nil` for one that starts the ranks of any.
  let family: MPIFamily?
  /// The number it gave this process, from 0.
  public let rank: Int
  /// How many it started.
  public let size: Int
  /// Whether it gave them nothing by which an MPI could find the others.
  let isWithoutInterface: Bool

  /// The launcher that these variables are of; `nil` where no known one started the process.
  public static func find(
    in environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> Launcher? {
    known.lazy.compactMap { $0.launcher(in: environment) }.first
  }

  /// How a launcher shows itself.
  private struct Trace {
    let name: String
    let family: MPIFamily?
    let rank: String
    let size: String
    /// A variable besides, which tells it from others that set these.
    var mark: String?
    /// What the names of variables begin with by which an MPI finds the others, where it may be missing.
    var interface: String?

    func launcher(in environment: [String: String]) -> Launcher? {
      if let mark, environment[mark] == nil { return nil }
      guard let rank = environment[rank].flatMap({ Int($0) }),
        let size = environment[size].flatMap({ Int($0) }), 0 <= rank, rank < size
      else { return nil }
      return Launcher(
        name: name, family: family, rank: rank, size: size,
        isWithoutInterface: interface.map { prefix in
          !environment.keys.contains { $0.hasPrefix(prefix) }
        } ?? false)
    }
  }

  // One that another starts its processes by comes before it: mpirun begins its own with srun. Slurm's
  // SLURM_NTASKS is not asked: it stands in batch scripts too, of which there is one.
  private static let known = [
    Trace(
      name: "Open MPI's mpirun", family: .openMPI, rank: "OMPI_COMM_WORLD_RANK",
      size: "OMPI_COMM_WORLD_SIZE"),
    Trace(
      name: "MPICH's mpirun", family: .mpich, rank: "PMI_RANK", size: "PMI_SIZE",
      mark: "MPI_LOCALNRANKS"),
    Trace(
      name: "Slurm's srun", family: nil, rank: "SLURM_PROCID", size: "SLURM_STEP_NUM_TASKS",
      interface: "PMI"),
    Trace(name: "Flux", family: nil, rank: "FLUX_TASK_RANK", size: "FLUX_JOB_SIZE"),
    Trace(name: "a launcher of MPI", family: nil, rank: "PMI_RANK", size: "PMI_SIZE"),
  ]
}

/// Libraries of MPI whose launchers start each other's ranks.
enum MPIFamily: String, Sendable, Hashable, CaseIterable {
  case openMPI = "openmpi"
  case mpich
  /// The binary interface of MPI 5, which is any's.
  case abi
  case other

  var name: String {
    switch self {
    case .openMPI: "Open MPI"
    case .mpich: "MPICH"
    case .abi: "the MPI ABI"
    case .other: "another MPI"
    }
  }

  /// Whether a launcher of a family starts the ranks of this one.
  func isStarted(by launcher: MPIFamily) -> Bool {
    self == launcher || self == .abi || self == .other
  }
}
