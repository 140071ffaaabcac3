public import CollapseCore

extension CollapseReport {
  /// The report as JSON: format, version, convention, samples, dimension, means_from, classes, measures,
  /// undefined (the reasons), per_class, per_pair, extreme_pairs, series, warnings, notes, always in
  /// this order, the measures in the order of the catalogue.
  ///
  /// Any JSON decoder reads it back, as a `CollapseReport` that equals this one.
  public var json: OrderedJSON {
    .object([
      ("format", .string(CollapseReport.format)),
      ("version", .integer(CollapseReport.version)),
      ("convention", convention.json),
      ("samples", .integer(sampleCount)),
      ("dimension", .integer(dimension)),
      ("means_from", OrderedJSON(meansSource)),
      (
        "classes",
        .array(
          classes.map { item in
            .object([
              ("label", .integer(Int(item.label))), ("name", OrderedJSON(item.name)),
              ("count", .integer(item.count)),
            ])
          })
      ),
      ("measures", .object(measures.map { ($0.key, OrderedJSON($0.measurement.value)) })),
      (
        "undefined",
        .object(
          measures.compactMap { key, measurement in
            measurement.reason.map { (key, .string($0)) }
          })
      ),
      ("per_class", CollapseReport.members(perClass) { .array($0.map { OrderedJSON($0) }) }),
      (
        "per_pair",
        CollapseReport.members(perPair) { table in
          .array(table.map { row in .array(row.map { OrderedJSON($0) }) })
        }
      ),
      (
        "extreme_pairs",
        CollapseReport.members(extremePairs) { pairs in
          .array(
            pairs.map {
              .array([.integer($0.first), .integer($0.second), .number($0.value)])
            })
        }
      ),
      ("series", CollapseReport.members(series) { .array($0.map { .number($0) }) }),
      ("warnings", .array(warnings.map { .string($0) })),
      ("notes", .array(notes.map { .string($0) })),
    ])
  }

  private static func members<Value>(
    _ dictionary: [String: Value], _ json: (Value) -> OrderedJSON
  ) -> OrderedJSON {
    .object(dictionary.keys.sorted().map { ($0, json(dictionary[$0]!)) })
  }
}

extension Convention {
  var json: OrderedJSON {
    .object([
      (CodingKeys.name.rawValue, .string(name)),
      (CodingKeys.centering.rawValue, .string(centering.rawValue)),
      (CodingKeys.withinWeights.rawValue, .string(withinWeights.rawValue)),
      (CodingKeys.betweenWeights.rawValue, .string(betweenWeights.rawValue)),
      (CodingKeys.dividesByClassCount.rawValue, .boolean(dividesByClassCount)),
      (CodingKeys.normDeviation.rawValue, .string(normDeviation.rawValue)),
    ])
  }
}

extension CollapseReport: Codable {
  static let format = "collapse-measures"
  static let version = 1

  private enum CodingKeys: String, CodingKey {
    case format, version, convention, samples, dimension, classes, measures, undefined
    case meansSource = "means_from"
    case perClass = "per_class"
    case perPair = "per_pair"
    case extremePairs = "extreme_pairs"
    case series, warnings, notes
  }

  /// - Throws: `DecodingError` when the format is another one or its version is newer.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    // Within a file that states both for all its reports, a report does not.
    let format =
      try container.decodeIfPresent(String.self, forKey: .format) ?? CollapseReport.format
    let version =
      try container.decodeIfPresent(Int.self, forKey: .version) ?? CollapseReport.version
    guard format == CollapseReport.format, (1...CollapseReport.version).contains(version) else {
      throw DecodingError.dataCorruptedError(
        forKey: .version, in: container,
        debugDescription: "expected \(CollapseReport.format) version \(CollapseReport.version) "
          + "or older, found \(format) version \(version)")
    }
    self.init(
      convention: try container.decode(Convention.self, forKey: .convention),
      sampleCount: try container.decode(Int.self, forKey: .samples),
      dimension: try container.decode(Int.self, forKey: .dimension),
      classes: try container.decode([Class].self, forKey: .classes))
    let values = try container.decode([String: Double?].self, forKey: .measures)
    let reasons = try container.decode([String: String].self, forKey: .undefined)
    // Decoders do not keep the order of an object's members: it is the catalogue's.
    let known = Measure.catalogue.map(\.key).filter { values.keys.contains($0) }
    let unknown = Set(values.keys).subtracting(known).sorted()
    measures = (known + unknown).map { key in
      if let value = values[key] ?? nil { return (key, .value(value)) }
      return (key, .undefined(reasons[key] ?? "no reason given"))
    }
    perClass = try container.decode([String: [Double?]].self, forKey: .perClass)
    perPair = try container.decode([String: [[Double?]]].self, forKey: .perPair)
    series = try container.decode([String: [Double]].self, forKey: .series)
    warnings = try container.decode([String].self, forKey: .warnings)
    // Reports from before there were any have none.
    meansSource = try container.decodeIfPresent(String.self, forKey: .meansSource)
    notes = try container.decodeIfPresent([String].self, forKey: .notes) ?? []
    let extremes = try container.decodeIfPresent([String: [[Double]]].self, forKey: .extremePairs)
    extremePairs = try (extremes ?? [:]).mapValues { pairs in
      try pairs.map { pair in
        guard pair.count == 3, let first = Int(exactly: pair[0]), let second = Int(exactly: pair[1])
        else {
          throw DecodingError.dataCorruptedError(
            forKey: .extremePairs, in: container,
            debugDescription: "expected two classes and a value")
        }
        return PairValue(first: first, second: second, value: pair[2])
      }
    }
  }

  /// Encodes the members of ``json``; their order is the encoder's, so files are written from
  /// ``json``.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(CollapseReport.format, forKey: .format)
    try container.encode(CollapseReport.version, forKey: .version)
    try container.encode(convention, forKey: .convention)
    try container.encode(sampleCount, forKey: .samples)
    try container.encode(dimension, forKey: .dimension)
    try container.encode(classes, forKey: .classes)
    let pairs = measures.map { ($0.key, $0.measurement) }
    try container.encode(
      Dictionary(uniqueKeysWithValues: pairs.map { ($0.0, $0.1.value) }), forKey: .measures)
    try container.encode(
      Dictionary(
        uniqueKeysWithValues: pairs.compactMap { pair in pair.1.reason.map { (pair.0, $0) } }),
      forKey: .undefined)
    try container.encode(perClass, forKey: .perClass)
    try container.encode(perPair, forKey: .perPair)
    try container.encode(series, forKey: .series)
    try container.encode(warnings, forKey: .warnings)
    try container.encode(meansSource, forKey: .meansSource)
    try container.encode(notes, forKey: .notes)
    try container.encode(
      extremePairs.mapValues { $0.map { [Double($0.first), Double($0.second), $0.value] } },
      forKey: .extremePairs)
  }
}
