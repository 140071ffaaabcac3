import ArgumentParser
import Foundation

/// Where data sets are looked for by name.
struct DataFolderArguments: ParsableArguments {
  @Option(
    name: .customLong("data-folder"),
    help: ArgumentHelp(
      "The folder of fetched data sets, each in one of its own. (default: $COLLAPSE_DATA, or data)",
      valueName: "folder"),
    completion: .directory)
  var given: String?

  /// The folder given, or that of the environment, or `data` where the command runs.
  var path: String {
    let stated = ProcessInfo.processInfo.environment["COLLAPSE_DATA"] ?? ""
    return given ?? (stated.isEmpty ? "data" : stated)
  }
}
