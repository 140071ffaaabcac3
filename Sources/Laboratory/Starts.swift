public import CollapseCore

/// Minimizations from many starts, side by side.
public enum Starts {
  /// The minima from the starts of `seeds`, in their order. Each is found on one thread, so that the
  /// bits do not depend on how many there are.
  public static func minima<Objective: SmoothFunction>(
    of objective: Objective, seeds: [UInt64], threads: Int,
    start: @Sendable (UInt64) -> [Double],
    minimize: @Sendable (Objective, [Double]) throws -> Minimum
  ) throws -> [Minimum] {
    try Parallel.map(seeds.count, threads: threads) { index in
      try minimize(objective, start(seeds[index]))
    }
  }
}

extension Collection where Element == Minimum {
  /// The one of the least value, the first of several.
  public var best: Minimum? { self.min { $0.value < $1.value } }
}
