import CollapseCore

/// Where the random steps of a shaping draw from: a stream for each step and split.
struct ShapingDraws: Sendable {
  let seed: UInt64
  let split: String

  /// The generator of a step; that of training samples is called by the step alone.
  func generator(_ step: String) -> SeededGenerator {
    SeededGenerator(seed: seed, stream: split == "train" ? step : "\(split)/\(step)")
  }
}
