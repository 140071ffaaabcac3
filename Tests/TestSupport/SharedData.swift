import FoundationEssentials

/// Real data that tests may use where it is present, beside the project in `../shared`.
public enum SharedData {
  /// The path of `name` under the shared folder.
  public static func path(_ name: String) -> String { root + "/" + name }

  /// Whether `name` is there; tests that need it are skipped where it is not.
  public static func has(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: path(name))
  }

  private static let root: String = {
    // …/Tests/TestSupport/SharedData.swift, three levels below the project's root
    var url = URL(filePath: #filePath)
    for _ in 0..<3 { url.deleteLastPathComponent() }
    return url.deletingLastPathComponent().appending(path: "shared").path
  }()
}
