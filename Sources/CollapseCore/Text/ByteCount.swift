/// Numbers of bytes as people say them.
public enum ByteCount {
  /// `812 bytes`, `3.4 MiB`, `12 GiB`.
  public static func text(_ bytes: Int) -> String { text(Double(bytes)) }

  /// The same of a number that may have no place in an `Int`.
  public static func text(_ bytes: Double) -> String {
    if bytes < 1024 { return "\(Int(bytes)) bytes" }
    var value = bytes
    var unit = ""
    for next in ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] where value >= 1024 {
      value /= 1024
      unit = next
    }
    if value < 10 { return "\((value * 10).rounded() / 10) \(unit)" }
    if value < 1e6 { return "\(Int(value.rounded())) \(unit)" }
    return "more than a million \(unit)"
  }
}
