import LibC

/// Where a path leads in the end.
enum RealPath {
  /// The path without links; `nil` where there is nothing.
  static func of(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
