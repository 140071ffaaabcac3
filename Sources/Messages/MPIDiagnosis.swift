import FoundationEssentials

/// What of MPI is to be seen from this process, in words.
public enum MPIDiagnosis {
  /// Which launcher started this process.
  public static var launcher: String {
    guard let launcher = Launcher.find() else { return "none started this process" }
    return "\(launcher.name), rank \(launcher.rank) of \(launcher.size)"
  }

  /// The adapters there are, each with the library it finds.
  public static var adapter: String {
    if let stated = MPIAdapter.stated {
      let said = "as \(MPIAdapter.variable) says"
      return stated == MPIAdapter.none ? "none, \(said)" : "\(text(stated)), \(said)"
    }
    let made = MPIAdapter.made
    return made.isEmpty
      ? "none; for 'mpirun collapse analyze' scripts/build-mpi-adapter makes one"
      : made.map { text($0.path) }.joined(separator: "; ")
  }

  private static func text(_ path: String) -> String {
    do {
      let adapter = try MPIAdapter(path, isUsed: false)
      // Behind its version a library says how and when it was made.
      let library = adapter.library.prefix { $0 != "," }
      let words = library.split(separator: " ")
      let version = words.firstIndex { $0.contains { $0.isNumber } } ?? 0
      let short = words.prefix(version + 1).joined(separator: " ")
      return "\(adapter.compiled) (\(path); here it finds \(short))"
    } catch {
      return "\(error)"
    }
  }
}
