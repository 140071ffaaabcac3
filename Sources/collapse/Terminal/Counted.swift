/// Numbers of things as people say them.
enum Counted {
  /// `1 run`, `4 runs`.
  static func text(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
  }
}
