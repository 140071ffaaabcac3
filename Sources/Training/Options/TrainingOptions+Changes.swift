extension TrainingOptions {
  /// The fields that would make another training of the steps done, where they differ: `seed was
  /// 0, is 1`.
  func changes(since begun: TrainingOptions) throws -> [String] {
    try [
      change("seed", begun.seed, seed),
      change("batchSize", begun.batchSize, batchSize),
      change("loss", begun.loss, loss),
      change("spectralDecoupling", begun.spectralDecoupling ?? 0, spectralDecoupling ?? 0),
      change("featureDecay", begun.featureDecay ?? 0, featureDecay ?? 0),
      change("optimizer", begun.optimizer, optimizer),
      change("algorithms", begun.algorithms, algorithms),
      change("precision", begun.precision, precision),
    ].compactMap(\.self)
  }

  private func change<Value: Equatable & Encodable>(
    _ name: String, _ was: Value, _ now: Value
  ) throws -> String? {
    guard was != now else { return nil }
    // As JSON, which for one word or number is that in quotes or without.
    let (was, now) = (try CheckpointText.encode(was), try CheckpointText.encode(now))
    return "\(name) was \(was), is \(now)".filter { $0 != "\"" }
  }
}
