/// The version of this program, as `collapse --version` and the files it writes state it.
public enum CollapseVersion {
  public static let current = "0.2.0"
}
