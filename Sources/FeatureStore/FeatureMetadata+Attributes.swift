import Arrays
import CollapseCore

extension FeatureMetadata {
  /// The attributes that are set, in the order of the keys.
  var attributes: [(name: String, value: AttributeValue)] {
    let values: [(CodingKeys, AttributeValue?)] = [
      (.createdBy, createdBy.map { .string($0) }),
      (.run, facts == RunFacts() ? nil : RunFactsText.encode(facts).map { .string($0) }),
      (.dataset, facts.dataset.map { .string($0) }),
      (.split, split.map { .string($0) }),
      (.classNames, classNames.map { .strings($0) }),
      (.network, facts.network.map { .string($0) }),
      (.epoch, epoch.map { .integer(Int64($0)) }),
      (.seed, facts.seed.map { .integer(Int64(bitPattern: $0)) }),
      (.weightDecay, facts.weightDecay.map { .double($0) }),
      (.learningRate, facts.learningRate.map { .double($0) }),
      (.batchNormalization, facts.normalization.map { .boolean($0.hidden != .none) }),
      (.lastLayerBatchNormalization, facts.normalization.map { .boolean($0.last) }),
      (.loss, facts.loss.map { .string($0) }),
      (.trainLoss, trainLoss.map { .double($0) }),
      (.trainAccuracy, trainAccuracy.map { .double($0) }),
      (.datasetSHA256, datasetSHA256.map { .string($0) }),
      (.description, description.map { .string($0) }),
      (.preprocessing, preprocessing.map { .string($0) }),
      (.statistics, statistics.map { .string($0) }),
      (.doubt, doubt.map { .string($0) }),
    ]
    return values.compactMap { key, value in value.map { (key.rawValue, $0) } }
  }

  /// What the attributes of a file say, and its arrays of a single number or of texts: NPZ and
  /// HDF5 files keep such values so.
  static func read(
    from source: any ArraySource
  ) throws -> (metadata: FeatureMetadata, ignored: [String]) {
    var unreadable: [String] = []
    let (metadata, ignored) = try read { name in
      if try source.hasAttribute(name) {
        let value = try source.attribute(name)
        if value == nil { unreadable.append(name) }
        return value
      }
      guard try source.contains(name) else { return nil }
      do {
        return try source.value(name)
      } catch is ArrayFileError {
        // Another use of the word: a group, objects.
        unreadable.append(name)
        return nil
      }
    }
    return (metadata, ignored + unreadable)
  }

  /// Takes what attributes of another producer say, as far as they can be understood.
  ///
  /// Whole numbers may be stored as floats, fractions as whole numbers and truth values as 0 and
  /// 1. An attribute of another type is left out, and named in the second value: it may be
  /// another program's use of the word, and is no reason to refuse the numbers.
  static func read(
    _ attribute: (String) throws -> AttributeValue?
  ) throws -> (metadata: FeatureMetadata, ignored: [String]) {
    var metadata = FeatureMetadata()
    var ignored: [String] = []
    func value<Value>(
      _ key: CodingKeys, _ convert: (AttributeValue) -> Value?
    ) throws -> Value? {
      guard let stated = try attribute(key.rawValue) else { return nil }
      let value = convert(stated)
      if value == nil { ignored.append(key.rawValue) }
      return value
    }
    func take<Value>(
      _ key: CodingKeys, into path: WritableKeyPath<FeatureMetadata, Value?>,
      _ convert: (AttributeValue) -> Value?
    ) throws {
      metadata[keyPath: path] = try value(key, convert)
    }
    // Ours state everything in one attribute; of others, and of our first files, each fact has its
    // own.
    func takeFacts() throws {
      if let facts = try value(.run, { $0.text.flatMap(RunFactsText.decode) }) {
        metadata.facts = facts
        return
      }
      var facts = RunFacts()
      facts.dataset = try value(.dataset, \.text)
      facts.network = try value(.network, \.text)
      facts.seed = try value(.seed) { $0.integer.map { UInt64(bitPattern: $0) } }
      facts.weightDecay = try value(.weightDecay, \.number)
      facts.learningRate = try value(.learningRate, \.number)
      facts.normalization = Normalization(
        hidden: try value(.batchNormalization, \.truth),
        last: try value(.lastLayerBatchNormalization, \.truth))
      facts.loss = try value(.loss, \.text)
      if let text = try attribute(CodingKeys.description.rawValue)?.text,
        let stated = RunFactsText.normalization(ofNetwork: text)
      {
        facts.normalization = stated
      }
      metadata.facts = facts
    }
    try take(.createdBy, into: \.createdBy, \.text)
    try takeFacts()
    try take(.split, into: \.split, \.text)
    try take(.classNames, into: \.classNames, \.texts)
    try take(.epoch, into: \.epoch) { $0.integer.flatMap { Int(exactly: $0) } }
    try take(.trainLoss, into: \.trainLoss, \.number)
    try take(.trainAccuracy, into: \.trainAccuracy, \.number)
    try take(.datasetSHA256, into: \.datasetSHA256, \.text)
    try take(.description, into: \.description, \.text)
    try take(.preprocessing, into: \.preprocessing, \.text)
    try take(.statistics, into: \.statistics, \.text)
    try take(.doubt, into: \.doubt, \.text)
    // Some write the value of the loss where its name is expected.
    if metadata.facts.loss == nil, metadata.trainLoss == nil,
      let value = try attribute(CodingKeys.loss.rawValue)?.number
    {
      metadata.trainLoss = value
      ignored.removeAll { $0 == CodingKeys.loss.rawValue }
    }
    return (metadata, ignored)
  }
}

extension AttributeValue {
  fileprivate var text: String? {
    switch self {
    case .string(let text): text
    case .strings(let texts): texts.count == 1 ? texts[0] : nil
    default: nil
    }
  }

  fileprivate var texts: [String]? {
    switch self {
    case .strings(let texts): texts
    case .string(let text): [text]
    default: nil
    }
  }

  fileprivate var integer: Int64? {
    switch self {
    case .integer(let value): value
    case .double(let value): Int64(exactly: value)
    default: nil
    }
  }

  fileprivate var number: Double? {
    switch self {
    case .double(let value): value
    case .integer(let value): Double(value)
    default: nil
    }
  }

  fileprivate var truth: Bool? {
    switch self {
    case .boolean(let value): value
    case .integer(0), .double(0): false
    case .integer(1), .double(1): true
    default: nil
    }
  }
}
