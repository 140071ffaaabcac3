import FoundationEssentials

/// A folder of its own for one test, removed when the last reference to it goes.
public final class TemporaryFolder: Sendable {
  public let path: String

  public init() {
    path =
      FileManager.default.temporaryDirectory
      .appending(path: "collapse-\(UUID().uuidString)").path
    try! FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of `name` in the folder.
  public func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes a file, with the folders above it, and returns its path.
  @discardableResult
  public func write(_ bytes: [UInt8], to name: String) -> String {
    let target = self(name)
    let parent = String(target[..<target.lastIndex(of: "/")!])
    try! FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
    try! Data(bytes).write(to: URL(filePath: target))
    return target
  }

  /// The names in the folder, sorted.
  public var names: [String] {
    try! FileManager.default.contentsOfDirectory(atPath: path).sorted()
  }
}
