import CollapseCore

extension RunRecord: Codable {
  private enum CodingKeys: String, CodingKey {
    case name, facts, state, history, measurements, projection, paths
    // What version 1 of measures.json kept of the facts.
    case dataset, network, seed
    case batchNormalization = "batch_normalization"
    case weightDecay = "weight_decay"
    case learningRate = "learning_rate"
  }

  /// Reads records of this version, and those of version 1 with the facts they kept.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let facts = try container.decodeIfPresent(RunFacts.self, forKey: .facts)
    self.init(
      name: try container.decode(String.self, forKey: .name),
      facts: try facts ?? Self.firstFacts(container),
      state: try container.decode(State.self, forKey: .state),
      history: try container.decode([EpochRecord].self, forKey: .history),
      measurements: try container.decodeIfPresent(
        [MeasurementRecord].self, forKey: .measurements) ?? [],
      projection: try container.decodeIfPresent(FeatureProjection.self, forKey: .projection),
      paths: try container.decode([String].self, forKey: .paths))
  }

  private static func firstFacts(
    _ container: KeyedDecodingContainer<CodingKeys>
  ) throws -> RunFacts {
    let placement = try container.decodeIfPresent(
      Normalization.Placement.self, forKey: .batchNormalization)
    return RunFacts(
      dataset: try container.decodeIfPresent(String.self, forKey: .dataset),
      network: try container.decodeIfPresent(String.self, forKey: .network),
      normalization: placement.map { Normalization($0) },
      weightDecay: try container.decodeIfPresent(Double.self, forKey: .weightDecay),
      learningRate: try container.decodeIfPresent(Double.self, forKey: .learningRate),
      seed: try container.decodeIfPresent(UInt64.self, forKey: .seed))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(facts, forKey: .facts)
    try container.encode(state, forKey: .state)
    try container.encode(history, forKey: .history)
    try container.encode(measurements, forKey: .measurements)
    try container.encodeIfPresent(projection, forKey: .projection)
    try container.encode(paths, forKey: .paths)
  }
}
