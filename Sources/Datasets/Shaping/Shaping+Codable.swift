import CollapseCore

extension Shaping {
  // Not private: the encoding is derived in the file of the type, and what it derives from private
  // keys of another file ends the compiler without optimization (Swift 6.3).
  enum CodingKeys: String, CodingKey, CaseIterable {
    case classes, perClass, imbalance, labelNoise, randomLabels, padTo, normalization, seed
  }

  /// Every field may be left out; one that is not known is refused by name.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.strictContainer(keyedBy: CodingKeys.self, of: "shaping")
    classes = try fields.decodeIfPresent([String].self, forKey: .classes)
    perClass = try fields.decodeIfPresent(Int.self, forKey: .perClass)
    imbalance = try fields.decodeIfPresent(Double.self, forKey: .imbalance)
    labelNoise = try fields.decodeIfPresent(Double.self, forKey: .labelNoise)
    randomLabels = try fields.decode(.randomLabels, default: false)
    padTo = try fields.decodeIfPresent(Int.self, forKey: .padTo)
    normalization = try fields.decodeIfPresent(Normalization.self, forKey: .normalization)
    seed = try fields.decode(.seed, default: 0)
  }
}

/// `computed`, or `{means: […], standardDeviations: […]}`.
extension Shaping.Normalization: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable { case means, standardDeviations }

  public init(from decoder: any Decoder) throws {
    if let word = try? decoder.singleValueContainer().decode(String.self) {
      guard word == "computed" else {
        throw DecodingError.dataCorrupted(
          .init(
            codingPath: decoder.codingPath,
            debugDescription:
              "expected 'computed' or means and standardDeviations, found '\(word)'"))
      }
      self = .computed
      return
    }
    let fields = try decoder.strictContainer(keyedBy: CodingKeys.self, of: "normalization")
    let means = try fields.decode([Double].self, forKey: .means)
    let deviations = try fields.decode([Double].self, forKey: .standardDeviations)
    guard means.count == deviations.count, deviations.allSatisfy({ $0 > 0 && $0.isFinite }),
      means.allSatisfy(\.isFinite)
    else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: "expected as many positive standardDeviations as means, found "
            + "\(means) and \(deviations)"))
    }
    self = .given(ChannelNormalization(means: means, standardDeviations: deviations))
  }

  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .computed:
      var container = encoder.singleValueContainer()
      try container.encode("computed")
    case .given(let given): try given.encode(to: encoder)
    }
  }
}
