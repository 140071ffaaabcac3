import Arrays
import CollapseCore

extension FeatureMetadata {
  /// The attributes that are set, in the order of the keys.
  var attributes: [(name: String, value: AttributeValue)] {
    let values: [(CodingKeys, AttributeValue?)] = [
      (.createdBy, createdBy.map { .string($0) }),
      (.dataset, dataset.map { .string($0) }),
      (.split, split.map { .string($0) }),
      (.classNames, classNames.map { .strings($0) }),
      (.network, network.map { .string($0) }),
      (.epoch, epoch.map { .integer(Int64($0)) }),
      (.seed, seed.map { .integer(Int64(bitPattern: $0)) }),
      (.weightDecay, weightDecay.map { .double($0) }),
      (.learningRate, learningRate.map { .double($0) }),
      (.batchNormalization, batchNormalization.map { .boolean($0) }),
      (.lastLayerBatchNormalization, lastLayerBatchNormalization.map { .boolean($0) }),
      (.loss, loss.map { .string($0) }),
      (.trainLoss, trainLoss.map { .double($0) }),
      (.trainAccuracy, trainAccuracy.map { .double($0) }),
      (.datasetSHA256, datasetSHA256.map { .string($0) }),
      (.description, description.map { .string($0) }),
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
    func take<Value>(
      _ key: CodingKeys, into path: WritableKeyPath<FeatureMetadata, Value?>,
      _ convert: (AttributeValue) -> Value?
    ) throws {
      guard let value = try attribute(key.rawValue) else { return }
      metadata[keyPath: path] = convert(value)
      if metadata[keyPath: path] == nil { ignored.append(key.rawValue) }
    }
    try take(.createdBy, into: \.createdBy, \.text)
    try take(.dataset, into: \.dataset, \.text)
    try take(.split, into: \.split, \.text)
    try take(.classNames, into: \.classNames, \.texts)
    try take(.network, into: \.network, \.text)
    try take(.epoch, into: \.epoch) { $0.integer.flatMap { Int(exactly: $0) } }
    try take(.seed, into: \.seed) { $0.integer.map { UInt64(bitPattern: $0) } }
    try take(.weightDecay, into: \.weightDecay, \.number)
    try take(.learningRate, into: \.learningRate, \.number)
    try take(.batchNormalization, into: \.batchNormalization, \.truth)
    try take(.lastLayerBatchNormalization, into: \.lastLayerBatchNormalization, \.truth)
    try take(.loss, into: \.loss, \.text)
    try take(.trainLoss, into: \.trainLoss, \.number)
    try take(.trainAccuracy, into: \.trainAccuracy, \.number)
    try take(.datasetSHA256, into: \.datasetSHA256, \.text)
    try take(.description, into: \.description, \.text)
    // Some write the value of the loss where its name is expected.
    if metadata.loss == nil, metadata.trainLoss == nil,
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
