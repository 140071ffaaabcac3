/// The version of this program, as `collapse --version` and the files it writes state it.
public enum CollapseVersion {
  /// By semantic versioning: major, minor and patch.
  public static let current = "0.2.0"
}
