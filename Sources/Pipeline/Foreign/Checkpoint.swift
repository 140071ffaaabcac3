import Arrays
import CollapseCore

/// Telling checkpoints of ours from those of other frameworks.
public enum Checkpoint {
  /// Whether the file at `path` is one of ours: a checkpoint, or a file that reading one refuses by
  /// its name.
  ///
  /// - Throws: where it is no file of arrays at all.
  public static func isOurs(_ path: String) throws -> Bool {
    guard case .string(let format)? = try ArrayFile.open(path).attribute("format") else {
      return false
    }
    return format.hasPrefix("collapse-")
  }
}
