import CollapseCore

/// Refusing what does not fit in memory before any of it is taken.
enum MemoryNeed {
  /// - Parameter what: what the images are, after "200 images of 1×28×28 ".
  static func check(
    _ count: Int, of shape: Shape, limit: Int, what: String, file: String
  ) throws(DatasetError) {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: shape.elementCount)
    guard overflow || bytes > limit else { return }
    throw DatasetError(
      file: file,
      problem: "\(count) images of \(shape)\(what.isEmpty ? "" : " " + what) take "
        + (overflow ? "more memory than can be counted" : text(bytes) + " of memory")
        + ", \(text(limit)) can be had: resize them, or take fewer",
      remedy: .resize)
  }

  /// `53.7 GB`.
  static func text(_ bytes: Int) -> String {
    "\((Double(bytes) / 1e8).rounded() / 10) GB"
  }
}
