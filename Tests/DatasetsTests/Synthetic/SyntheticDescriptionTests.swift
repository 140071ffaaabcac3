import CollapseCore
import Datasets
import FoundationEssentials
import Testing

@Suite struct SyntheticDescriptionTests {
  /// Those that draw their samples.
  static let kinds = SyntheticDescription.kinds.map { $0.kind }.filter {
    $0 != FreeFeatures.kind
  }
  /// Those whose labels are not drawn, and whose samples are all different.
  static let balancedKinds = kinds.filter { $0 != SkipGram.kind }

  private func decode(_ text: String) throws -> SyntheticDescription {
    try JSONDecoder().decode(SyntheticDescription.self, from: Data(text.utf8))
  }

  /// A small set of any kind.
  private func small(_ kind: String, seed: Int = 5) throws -> SyntheticDescription {
    try decode(#"{"kind": "\#(kind)", "trainPerClass": 12, "testPerClass": 5, "seed": \#(seed)}"#)
  }

  @Test func theKindsAreThoseDocumented() {
    #expect(
      SyntheticDescription.kinds.map { $0.kind } == [
        "conic-hull", "random-teacher", "gaussian-mixture", "glyphs", "free-features", "two-moons",
        "skip-gram",
      ])
  }

  @Test(arguments: balancedKinds) func splitsAreBalancedAndHaveTheSizesAskedFor(kind: String) throws
  {
    let (train, test) = try small(kind).generate(threads: 2)
    #expect(train.countsPerClass == Array(repeating: 12, count: train.classCount))
    #expect(test.countsPerClass == Array(repeating: 5, count: train.classCount))
    #expect(train.sampleShape == test.sampleShape && train.classNames == test.classNames)
  }

  @Test(arguments: kinds) func theNumberOfThreadsChangesNothing(kind: String) throws {
    let one = try small(kind).generate(threads: 1)
    let many = try small(kind).generate(threads: 7)
    #expect(values(one.train) == values(many.train) && one.train.labels == many.train.labels)
    #expect(values(one.test) == values(many.test) && one.test.labels == many.test.labels)
  }

  @Test(arguments: kinds) func anotherSeedMakesOtherSamples(kind: String) throws {
    let one = try small(kind).generate()
    let other = try small(kind, seed: 6).generate()
    #expect(values(one.train) != values(other.train))
  }

  @Test(arguments: balancedKinds) func trainingAndTestShareNoSample(kind: String) throws {
    let (train, test) = try small(kind).generate()
    let size = train.sampleShape.elementCount
    func rows(_ samples: any LabeledSamples) -> Set<[Float]> {
      let all = values(samples)
      return Set((0..<samples.count).map { Array(all[$0 * size..<($0 + 1) * size]) })
    }
    #expect(rows(train).isDisjoint(with: rows(test)))
  }

  @Test(arguments: kinds) func aDescriptionSurvivesEncoding(kind: String) throws {
    let description = try small(kind)
    let data = try JSONEncoder().encode(description)
    #expect(try JSONDecoder().decode(SyntheticDescription.self, from: data) == description)
    #expect(try description != SyntheticDescription(kind: kind))
  }

  @Test(arguments: kinds) func aFieldNobodyKnowsIsRefused(kind: String) throws {
    let error = #expect(throws: DecodingError.self) {
      try decode(#"{"kind": "\#(kind)", "trainPerclass": 3}"#)
    }
    guard case .dataCorrupted(let context) = error else {
      Issue.record("expected dataCorrupted, found \(String(describing: error))")
      return
    }
    #expect(
      context.debugDescription == "unknown key 'trainPerclass': did you mean 'trainPerClass'?")
  }

  @Test func anUnknownKindIsRefused() throws {
    let error = #expect(throws: DecodingError.self) { try decode(#"{"kind": "spiral"}"#) }
    guard case .dataCorrupted(let context) = error else {
      Issue.record("expected dataCorrupted, found \(String(describing: error))")
      return
    }
    #expect(
      context.debugDescription
        == "unknown synthetic data set 'spiral'; "
        + "there are conic-hull, random-teacher, gaussian-mixture, glyphs, free-features, two-moons, "
        + "skip-gram")
    let named = #expect(throws: DatasetError.self) { try SyntheticDescription(kind: "spiral") }
    #expect(
      named?.description
        == "spiral: no synthetic data set of this name; "
        + "there are conic-hull, random-teacher, gaussian-mixture, glyphs, free-features, two-moons, "
        + "skip-gram")
    #expect(named?.kind == .usage)
  }

  struct OutOfRange: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let json: String
    let expected: String
  }

  @Test(arguments: [
    OutOfRange(
      testDescription: "one class", json: #"{"kind": "conic-hull", "classCount": 1}"#,
      expected: #"["classCount"]: expected at least 2, found 1"#),
    OutOfRange(
      testDescription: "no test points", json: #"{"kind": "random-teacher", "testPerClass": 0}"#,
      expected: #"["testPerClass"]: expected at least 1, found 0"#),
    OutOfRange(
      testDescription: "sizes that overflow",
      json: #"{"kind": "gaussian-mixture", "trainPerClass": 4611686018427387904}"#,
      expected:
        "gaussian-mixture, trainPerClass: 4 classes of 4611686018427387904 samples of 16 values "
        + "are more than the 4294967296 values a split may hold"),
    OutOfRange(
      testDescription: "more generators than dimensions",
      json: #"{"kind": "conic-hull", "dimension": 3, "generatorsPerClass": 4}"#,
      expected: "conic-hull, generatorsPerClass: expected at most the dimension, 3, found 4"),
    OutOfRange(
      testDescription: "frame that does not fit",
      json: #"{"kind": "gaussian-mixture", "dimension": 3, "frame": "orthogonal"}"#,
      expected:
        "gaussian-mixture, dimension: expected at least 4 for 4 classes in the orthogonal frame, "
        + "found 3"),
    OutOfRange(
      testDescription: "pen thicker than the image", json: #"{"kind": "glyphs", "thickest": 15}"#,
      expected: #"["thickest"]: expected 0 to 14, found 15"#),
    OutOfRange(
      testDescription: "more blocks than words",
      json: #"{"kind": "skip-gram", "classCount": 3, "blockCount": 4}"#,
      expected:
        "skip-gram, blockCount: expected at most as many as there are words, 3, found 4"),
    OutOfRange(
      testDescription: "a class that is too rare",
      json: #"{"kind": "conic-hull", "margin": 0.9, "trainPerClass": 10}"#,
      expected:
        "conic-hull, class '0': expected 10 points, found 0 in 18176 draws; "
        + "try another seed or fewer classes"),
  ]) func fieldsOutOfRangeAreNamed(_ example: OutOfRange) throws {
    // In code and in a file alike.
    let error = #expect(throws: (any Error).self) { try decode(example.json).generate() }
    switch error {
    case DecodingError.dataCorrupted(let context)?:
      #expect(
        "\(context.codingPath.map(\.stringValue)): \(context.debugDescription)"
          == example.expected)
    case let error as DatasetError:
      #expect(error.description == example.expected && error.kind == .usage)
    default: Issue.record("\(String(describing: error))")
    }
  }

  @Test func fieldsOutOfRangeAreNamedInCodeToo() {
    var hull = ConicHull()
    hull.margin = 1
    let error = #expect(throws: DatasetError.self) {
      try SyntheticDescription(hull).generate(threads: 1)
    }
    #expect(
      error?.description == "conic-hull, margin: expected a number in [0, 1), found 1")
  }

  private func values(_ samples: any LabeledSamples) -> [Float] {
    let count = samples.count * samples.sampleShape.elementCount
    return try! [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      buffer.initialize(repeating: 0)
      try samples.copy(
        0..<samples.count, into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
      initialized = count
    }
  }
}
