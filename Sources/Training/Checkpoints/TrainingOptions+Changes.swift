import Networks

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
    return "\(name) was \(try text(was)), is \(try text(now))"
  }

  /// As a pipeline writes it: `{kind: sgd, momentum: 0.9}`.
  private func text(_ value: some Encodable) throws -> String {
    try CheckpointText.encode(value).reduce(into: "") { text, character in
      switch character {
      case "\"": break
      case ":", ",": text += "\(character) "
      default: text.append(character)
      }
    }
  }
}
