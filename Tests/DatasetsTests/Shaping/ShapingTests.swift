import CollapseCore
import Datasets
import FoundationEssentials
import Testing

@Suite struct ShapingTests {
  /// 1×2×2 images, image i filled with the byte i, of classes a (40), b (30) and c (20).
  let images: LabeledImages = {
    let labels = (0..<90).map { index -> Int32 in
      index < 60 ? Int32(index % 2) : index < 80 ? 2 : 0
    }
    return LabeledImages(
      sampleShape: [1, 2, 2], pixels: (0..<90).flatMap { Array(repeating: UInt8($0), count: 4) },
      labels: labels, classNames: ["a", "b", "c"])
  }()

  private func shaping(_ change: (inout Shaping) -> Void) -> Shaping {
    var shaping = Shaping()
    shaping.seed = 9
    change(&shaping)
    return shaping
  }

  @Test func nothingAskedChangesNothing() throws {
    let (samples, record) = try Shaping().apply(to: images)
    #expect(samples == images)
    #expect(record.countsBefore == [40, 30, 20] && record.countsAfter == [40, 30, 20])
    #expect(record.labelsChanged == 0 && record.normalization == nil)
    #expect(record.sourceIndices == Array(0..<90))
  }

  @Test func classesAreNumberedInTheOrderGiven() throws {
    let (samples, record) = try shaping { $0.classes = ["c", "a"] }.apply(to: images)
    #expect(samples.classNames == ["c", "a"] && record.classNames == ["c", "a"])
    #expect(samples.countsPerClass == [20, 40])
    for (index, source) in record.sourceIndices.enumerated() {
      #expect(
        images.classNames[Int(images.labels[source])]
          == samples.classNames[Int(samples.labels[index])])
      #expect(samples.pixels[index * 4] == UInt8(source))
    }
  }

  @Test func aSubsetIsBalancedDrawnWithoutReplacementAndInOrder() throws {
    let (samples, record) = try shaping { $0.perClass = 15 }.apply(to: images)
    #expect(samples.countsPerClass == [15, 15, 15])
    #expect(record.sourceIndices == Set(record.sourceIndices).sorted())
    let other = try shaping { ($0.perClass, $0.seed) = (15, 10) }.apply(to: images)
    #expect(other.record.sourceIndices != record.sourceIndices)
    let again = try shaping { $0.perClass = 15 }.apply(to: images)
    #expect(again.samples == samples)
  }

  @Test func imbalanceFallsGeometrically() throws {
    let (samples, _) = try shaping { ($0.perClass, $0.imbalance) = (40, 4) }.apply(to: images)
    #expect(samples.countsPerClass == [40, 20, 10])
    // Without perClass, as many as the classes allow: here the first has exactly enough.
    let largest = try shaping { $0.imbalance = 4 }.apply(to: images)
    #expect(largest.samples.countsPerClass == [40, 20, 10])
    let limited = try shaping { ($0.imbalance, $0.classes) = (2, ["c", "b", "a"]) }.apply(
      to: images)
    #expect(limited.samples.countsPerClass == [20, 14, 10])
  }

  @Test func imbalanceFallsInOneStep() throws {
    func counts(_ change: (inout Shaping) -> Void) throws -> [Int] {
      try shaping {
        ($0.imbalance, $0.imbalanceProfile) = (4, .step)
        change(&$0)
      }.apply(to: images).samples.countsPerClass
    }
    // Of three classes one is the smaller half. There are 40, 30 and 20 samples.
    #expect(try counts { _ in } == [30, 30, 8])
    #expect(try counts { $0.perClass = 24 } == [24, 24, 6])
    #expect(try counts { $0.minorityClasses = 2 } == [40, 10, 10])
    #expect(try counts { ($0.minorityClasses, $0.classes) = (1, ["c", "a"]) } == [20, 5])
    let error = #expect(throws: DatasetError.self) { try counts { $0.minorityClasses = 3 } }
    #expect("\(error!)".contains("minorityClasses: expected fewer than the 3 classes, found 3"))
  }

  @Test func noiseChangesExactlyItsFraction() throws {
    let (samples, record) = try shaping { $0.labelNoise = 0.3 }.apply(to: images)
    #expect(record.labelsChanged == 27)
    #expect(zip(samples.labels, images.labels).count { $0 != $1 } == 27)
    #expect(samples.pixels == images.pixels)
    #expect(record.countsKept == [40, 30, 20] && record.countsAfter == samples.countsPerClass)
    let all = try shaping { $0.labelNoise = 1 }.apply(to: images)
    #expect(all.record.labelsChanged == 90)
  }

  @Test func noiseIsSymmetric() throws {
    let many = LabeledPoints(
      dimension: 1, coordinates: Array(repeating: 0, count: 30_000),
      labels: Array(repeating: 1, count: 30_000), classNames: ["a", "b", "c", "d"])
    let counts = try shaping { $0.labelNoise = 0.9 }.apply(to: many).samples.countsPerClass
    #expect(counts[1] == 3000)
    // 27 000 draws among three: five standard errors √(27000 · 1/3 · 2/3) = 77.
    for other in [0, 2, 3] { #expect(abs(counts[other] - 9000) < 390) }
  }

  @Test func randomLabelsKeepTheCountsAndForgetTheSamples() throws {
    let (samples, record) = try shaping { $0.randomLabels = true }.apply(to: images)
    #expect(samples.countsPerClass == [40, 30, 20])
    // Independent labels agree by chance: Σ p_c² = 29/81 of 90, about 32; five deviations are 23.
    let agreeing = 90 - record.labelsChanged
    #expect(agreeing > 9 && agreeing < 55)
  }

  @Test func oneStepDoesNotChangeWhatAnotherDraws() throws {
    let subset = try shaping { $0.perClass = 10 }.apply(to: images)
    let noisy = try shaping { ($0.perClass, $0.labelNoise, $0.padTo) = (10, 0.2, 4) }.apply(
      to: images)
    #expect(noisy.record.sourceIndices == subset.record.sourceIndices)
    #expect(noisy.record.labelsChanged == 6)
  }

  @Test func paddingPutsTheImageInTheMiddle() throws {
    let image = LabeledImages(
      sampleShape: [2, 1, 2], pixels: [1, 2, 3, 4], labels: [0], classNames: ["a"])
    let (padded, record) = try shaping { $0.padTo = 4 }.apply(to: image)
    #expect(padded.sampleShape == [2, 4, 4] && record.sampleShape == [2, 4, 4])
    #expect(
      padded.pixels == [
        0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      ])
  }

  @Test func normalizationIsThatOfWhatIsLeft() throws {
    let (_, record) = try shaping {
      ($0.classes, $0.padTo, $0.normalization) = (["c"], 4, .computed)
    }.apply(to: images)
    // 20 images filled with 60...79, each 4 of 16 pixels: mean 69.5/4.
    #expect(abs(record.normalization!.means[0] - 17.375) < 1e-12)
    let given = ChannelNormalization(means: [1], standardDeviations: [2])
    let fixed = try shaping { $0.normalization = .given(given) }.apply(to: images)
    #expect(fixed.record.normalization == given)
  }

  @Test func evaluationKeepsClassesPaddingAndGivenNormalization() {
    let given = ChannelNormalization(means: [1], standardDeviations: [2])
    let all = shaping {
      ($0.classes, $0.perClass, $0.imbalance, $0.labelNoise) = (["a"], 3, 2, 0.5)
      ($0.padTo, $0.normalization) = (4, .given(given))
    }
    #expect(
      all.forEvaluation
        == shaping { ($0.classes, $0.padTo, $0.normalization) = (["a"], 4, .given(given)) })
  }

  struct Refused: CustomTestStringConvertible, Sendable {
    let expected: String
    let kind: FailureKind
    let change: @Sendable (inout Shaping) -> Void
    var testDescription: String { expected }
  }

  @Test(arguments: [
    Refused(
      expected: "shaping, class 'c': expected at least 21 samples, found 20", kind: .badInput
    ) { $0.perClass = 21 },
    Refused(
      expected: "shaping, class 'b': expected at least 40 samples, found 30", kind: .badInput
    ) { ($0.perClass, $0.imbalance) = (40, 1) },
    Refused(
      expected: "shaping, class 'c': would keep none of its 20 samples; "
        + "expected a smaller imbalance or more per class", kind: .usage
    ) { ($0.perClass, $0.imbalance) = (10, 100) },
    Refused(expected: "shaping, classes: no class 'd'; there are a, b, c", kind: .usage) {
      $0.classes = ["a", "d"]
    },
    Refused(expected: "shaping, classes: class 'a' is named twice", kind: .usage) {
      $0.classes = ["a", "b", "a"]
    },
    Refused(expected: "shaping, classes: expected at least one class, found none", kind: .usage) {
      $0.classes = []
    },
    Refused(expected: "shaping, perClass: expected at least 1, found 0", kind: .usage) {
      $0.perClass = 0
    },
    Refused(expected: "shaping, imbalance: expected at least 1, found 0.5", kind: .usage) {
      $0.imbalance = 0.5
    },
    Refused(expected: "shaping, labelNoise: expected 0 to 1, found 1.5", kind: .usage) {
      $0.labelNoise = 1.5
    },
    Refused(expected: "shaping, labelNoise: cannot be combined with randomLabels", kind: .usage) {
      ($0.labelNoise, $0.randomLabels) = (0.1, true)
    },
    Refused(
      expected: "shaping, padTo: expected at least the size of the images, 2×2, found 1",
      kind: .usage
    ) { $0.padTo = 1 },
    Refused(
      expected: "shaping, normalization: expected means for 1 channels, found 3", kind: .usage
    ) {
      $0.normalization = .given(
        ChannelNormalization(means: [0, 0, 0], standardDeviations: [1, 1, 1]))
    },
  ]) func whatCannotBeDoneIsNamed(_ example: Refused) {
    let error = #expect(throws: DatasetError.self) {
      try shaping(example.change).apply(to: images)
    }
    #expect(error?.description == example.expected)
    #expect(error?.kind == example.kind)
  }

  @Test func pointsCannotBePadded() {
    let points = LabeledPoints(
      dimension: 3, coordinates: [1, 2, 3], labels: [0], classNames: ["a"])
    let error = #expect(throws: DatasetError.self) {
      try shaping { $0.padTo = 4 }.apply(to: points, name: "mixture")
    }
    #expect(
      error?.description
        == "mixture, padTo: only images can be padded, found samples of shape 3")
  }

  @Test func aRecordSurvivesEncoding() throws {
    let asked = shaping {
      ($0.classes, $0.perClass, $0.labelNoise, $0.normalization) = (["a", "c"], 10, 0.1, .computed)
    }
    let record = try asked.apply(to: images).record
    let decoded = try JSONDecoder().decode(
      ShapingRecord.self, from: JSONEncoder().encode(record))
    #expect(decoded.shaping == asked && decoded.countsKept == [10, 10])
    #expect(decoded.labelsChanged == 2 && decoded.normalization == record.normalization)
    #expect(try decoded.shaping.apply(to: images).record == record)
  }

  @Test func fieldsAreOptionalAndUnknownOnesRefused() throws {
    func decode(_ text: String) throws -> Shaping {
      try JSONDecoder().decode(Shaping.self, from: Data(text.utf8))
    }
    #expect(try decode("{}") == Shaping())
    let given = try decode(
      #"{"perClass": 5, "normalization": {"means": [1], "standardDeviations": [2]}}"#)
    #expect(
      given.normalization
        == .given(ChannelNormalization(means: [1], standardDeviations: [2])))
    for wrong in [
      #"{"noise": 0.1}"#, #"{"normalization": "given"}"#,
      #"{"normalization": {"means": [1], "standardDeviations": [0]}}"#,
      #"{"normalization": {"means": [1, 2], "standardDeviations": [1]}}"#,
    ] {
      #expect(throws: DecodingError.self) { try decode(wrong) }
    }
  }
}
