import CMessages
import CollapseCore
import FoundationEssentials

/// The adapter to the MPI of a site: a small library that `scripts/build-mpi-adapter` makes with the site's
/// own compiler, so that the program itself belongs to no MPI.
public struct MPIAdapter: Sendable {
  /// The variable that says where the adapter is; ``none`` in it lets each process work for itself.
  public static let variable = "COLLAPSE_MPI_ADAPTER"
  static let none = "none"

  public let path: String
  let family: MPIFamily
  /// What it was compiled with: `Open MPI 4.1.4`.
  public let compiled: String
  // A table of functions that never changes.
  nonisolated(unsafe) let table: UnsafePointer<messages>

  /// - Parameter isUsed: whether ranks are to be started by it, or it is only looked at.
  init(_ path: String, isUsed: Bool) throws(MPIError) {
    var problem: UnsafePointer<CChar>?
    guard let table = messages_load(path, isUsed ? 1 : 0, &problem) else {
      let reason = problem.map { String(cString: $0) } ?? "it cannot be loaded"
      throw MPIError(
        .missingInput,
        "cannot load the MPI adapter '\(path)': \(reason). scripts/build-mpi-adapter makes it, with the "
          + "modules loaded that the ranks run with")
    }
    self.path = path
    self.table = table
    family = MPIFamily(rawValue: String(cString: table.pointee.family)) ?? .other
    compiled = String(cString: table.pointee.compiled)
  }

  /// What the library calls itself that was found here.
  var library: String { String(cString: table.pointee.library()) }

  // MARK: - Where they are

  /// What the variable says; `nil` where it says nothing.
  static var stated: String? {
    ProcessInfo.processInfo.environment[variable].flatMap { $0.isEmpty ? nil : $0 }
  }

  private static func path(_ family: MPIFamily) -> String? {
    #if os(macOS)
      let suffix = "dylib"
    #else
      let suffix = "so"
    #endif
    return CacheFolder.path.map { "\($0)/mpi/libcollapse-mpi-\(family.rawValue).\(suffix)" }
  }

  /// Those that were made here.
  static var made: [(family: MPIFamily, path: String)] {
    MPIFamily.allCases.compactMap { family in
      path(family).flatMap {
        FileManager.default.fileExists(atPath: $0) ? (family, $0) : nil
      }
    }
  }

  /// The adapter for the ranks of a launcher.
  static func find(for launcher: Launcher?) throws(MPIError) -> MPIAdapter {
    let made = made.filter { item in
      launcher?.family.map { item.family.isStarted(by: $0) } ?? true
    }
    let started =
      launcher.map { "\($0.name) started \($0.size) processes" } ?? "\(variable) asks for MPI"
    if let path = stated {
      let adapter = try MPIAdapter(path, isUsed: true)
      guard launcher?.family.map(adapter.family.isStarted) ?? true else {
        throw adapter.mismatch(launcher!)
      }
      return adapter
    }
    guard made.count < 2 || launcher?.family != nil else {
      throw MPIError(
        .usage,
        "\(started), and there are adapters for \(made.map(\.family.name).joined(separator: " and ")): "
          + "say which is theirs by \(variable)="
          + made.map { "'\($0.path)'" }.joined(separator: " or "))
    }
    guard let first = made.first else {
      let needed = launcher?.family.map { " for \($0.name)" } ?? ""
      throw MPIError(
        .missingInput,
        "\(started), and there is no MPI adapter\(needed) through which they could work together: "
          + "scripts/build-mpi-adapter makes one with the site's mpicc, or \(variable) says where it is. "
          + "\(variable)=\(none) lets each process work for itself")
    }
    return try MPIAdapter(first.path, isUsed: true)
  }

  /// What is said where its ranks would each be alone.
  func mismatch(_ launcher: Launcher) -> MPIError {
    MPIError(
      .usage,
      "\(launcher.name) started \(launcher.size) processes, but for the MPI adapter '\(path)', of "
        + "\(compiled), each of them is alone: "
        + (launcher.isWithoutInterface
          ? "start them with --mpi=pmix or --mpi=pmi2, as 'srun --mpi=list' has them, or by the launcher of "
            + compiled
          : "start them by the launcher of \(compiled), or make an adapter with the mpicc that belongs to "
            + "this launcher: scripts/build-mpi-adapter MPICC"))
  }
}
