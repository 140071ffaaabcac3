import CollapseCore
import Datasets
import Testing

/// Merged classes, noise on pixels and colours.
@Suite struct ColouringTests {
  /// 1×2×3 images of classes 0 to 9, a hundred each, image i filled with i mod 251.
  let images = LabeledImages(
    sampleShape: [1, 2, 3],
    pixels: (0..<1000).flatMap { Array(repeating: UInt8($0 % 251), count: 6) },
    labels: (0..<1000).map { Int32($0 % 10) }, classNames: (0..<10).map(String.init))

  private let halves = [(0..<5).map(String.init), (5..<10).map(String.init)]

  private func shaping(_ change: (inout Shaping) -> Void) -> Shaping {
    var shaping = Shaping()
    shaping.seed = 3
    change(&shaping)
    return shaping
  }

  /// The colour of each image: the channel that is not all zeros, of those with something in it.
  private func colours(_ samples: LabeledImages) -> [Int?] {
    let plane = samples.height * samples.width
    return (0..<samples.count).map { index in
      (0..<samples.channels).first { channel in
        samples.pixels[(index * samples.channels + channel) * plane] != 0
      }
    }
  }

  @Test func groupsOfClassesBecomeOne() throws {
    let (samples, record) = try shaping { $0.merge = halves }.apply(to: images)
    #expect(samples.classNames == ["0+1+2+3+4", "5+6+7+8+9"])
    #expect(samples.labels == images.labels.map { $0 < 5 ? 0 : 1 })
    #expect(samples.pixels == images.pixels)
    #expect(record.countsBefore == Array(repeating: 100, count: 10))
    #expect(record.countsKept == [500, 500] && record.labelsChanged == 0)
    // Wrong labels are those of the new classes.
    let noisy = try shaping { ($0.merge, $0.labelNoise) = (halves, 0.25) }.apply(to: images)
    #expect(zip(noisy.samples.labels, samples.labels).count { $0 != $1 } == 250)
  }

  /// p n of the images of each part have the colour of the label they are given.
  @Test(arguments: [([1.0], 1000), ([0], 0), ([0.8, 0.9], 850), ([0.1, 0.5, 1], 534)])
  func coloursAgreeAsOftenAsAsked(agreement: [Double], expected: Int) throws {
    let (samples, record) = try shaping {
      ($0.merge, $0.labelNoise) = (halves, 0.25)
      $0.colour = Colouring(agreement: agreement)
    }.apply(to: images)
    #expect(samples.sampleShape == [2, 2, 3] && record.sampleShape == [2, 2, 3])
    let found = colours(samples)
    // An image of zeros, one of 251, shows no colour.
    let agreeing = zip(found, samples.labels).count { $0 == Int($1) }
    let unseen = found.count { $0 == nil }
    #expect(record.coloursAgreeing == expected)
    #expect((agreeing...agreeing + unseen).contains(expected) && unseen == 4)
    // Nothing but the channel changes.
    for index in [1, 500, 999] {
      let start = index * 12 + found[index]! * 6
      #expect(
        Array(samples.pixels[start..<start + 6]) == Array(images.pixels[index * 6..<index * 6 + 6]))
    }
  }

  /// With more than two classes each other colour is as likely.
  @Test func wrongColoursAreSpreadEvenly() throws {
    let many = LabeledImages(
      sampleShape: [1, 1, 1], pixels: Array(repeating: 9, count: 30_000),
      labels: Array(repeating: 1, count: 30_000), classNames: ["a", "b", "c", "d"])
    let (samples, record) = try shaping { $0.colour = Colouring(agreement: [0.1]) }.apply(to: many)
    let found = colours(samples)
    #expect(record.coloursAgreeing == 3000 && found.count { $0 == 1 } == 3000)
    // 27 000 draws among three: five standard errors √(27000 · 1/3 · 2/3) = 77.
    for other in [0, 2, 3] { #expect(abs(found.count { $0 == other } - 9000) < 390) }
  }

  @Test func splitsAndSeedsHaveTheirOwnDraws() throws {
    let asked = shaping {
      ($0.pixelNoise, $0.labelNoise) = (20, 0.3)
      $0.colour = Colouring(agreement: [0.5])
    }
    let train = try asked.apply(to: images, split: "train").samples
    let again = try asked.apply(to: images, split: "train").samples
    #expect(train == again)
    let test = try asked.apply(to: images, split: "test").samples
    #expect(test.labels != train.labels && test.pixels != train.pixels)
    var other = asked
    other.seed = 4
    #expect(try other.apply(to: images).samples.pixels != train.pixels)
  }

  @Test func noiseIsNormalRoundedAndCut() throws {
    let grey = LabeledImages(
      sampleShape: [1, 100, 100], pixels: Array(repeating: 128, count: 20_000), labels: [0, 0],
      classNames: ["a"])
    let noisy = try shaping { $0.pixelNoise = 10 }.apply(to: grey).samples
    let values = noisy.pixels.map { Double($0) - 128 }
    let mean = values.reduce(0, +) / 20_000
    let square = values.reduce(0) { $0 + $1 * $1 } / 20_000
    // Five standard errors of the mean, 10/√20000, and of the square, √2 · 100/√20000; rounding adds
    // 1/12 to the latter.
    #expect(abs(mean) < 0.36 && abs(square - 100.08) < 5.1)
    #expect(Array(noisy.pixels[..<10_000]) != Array(noisy.pixels[10_000...]))
    // Far beyond both ends nothing but them is left, and nothing overflows.
    let extreme = try shaping { $0.pixelNoise = 1e300 }.apply(to: grey).samples
    #expect(Set(extreme.pixels) == [0, 255])
    #expect(try shaping { $0.pixelNoise = 0 }.apply(to: grey).samples == grey)
  }

  /// An image has the same noise in every subset.
  @Test func noiseFollowsTheImage() throws {
    let all = try shaping { $0.pixelNoise = 30 }.apply(to: images).samples
    let (some, record) = try shaping {
      ($0.pixelNoise, $0.classes, $0.perClass) = (30, ["7", "2"], 9)
    }.apply(to: images)
    #expect(some.pixels == all.selecting(record.sourceIndices).pixels)
  }

  @Test func evaluationKeepsWhatTheImagesAre() {
    let all = shaping {
      ($0.merge, $0.pixelNoise, $0.labelNoise) = (halves, 5, 0.25)
      $0.colour = Colouring(agreement: [0.8, 0.9])
    }
    #expect(
      all.forEvaluation
        == shaping {
          ($0.merge, $0.pixelNoise) = (halves, 5)
          $0.colour = Colouring(agreement: [0.8, 0.9])
        })
  }

  struct Refused: CustomTestStringConvertible, Sendable {
    let expected: String
    let change: @Sendable (inout Shaping) -> Void
    var testDescription: String { expected }
  }

  @Test(arguments: [
    Refused(expected: "shaping, merge: no class 'x'; there are 0, 1, 2, 3, 4, 5, 6, 7, 8, 9") {
      $0.merge = [["x"]]
    },
    Refused(expected: "shaping, merge: class '1' is named twice") { $0.merge = [["1"], ["1"]] },
    Refused(expected: "shaping, merge: expected classes in every group, found none") {
      $0.merge = [[]]
    },
    Refused(
      expected:
        "shaping, merge: '2' is in no group; name every class, or choose the 'classes' that "
        + "are to be kept"
    ) { ($0.classes, $0.merge) = (["0", "1", "2"], [["0", "1"]]) },
    Refused(expected: "shaping, pixelNoise: expected no negative number, found -1") {
      $0.pixelNoise = -1
    },
    Refused(expected: "shaping, colour.agreement: expected 0 to 1 each, found 1.5") {
      $0.colour = Colouring(agreement: [1.5])
    },
    Refused(
      expected: "shaping, colour: expected a share of agreement for each part of the images, found "
        + "none"
    ) { $0.colour = Colouring(agreement: []) },
    Refused(
      expected: "shaping, colour: expected at least two classes, as there is a colour for each, "
        + "found one"
    ) { ($0.classes, $0.colour) = (["4"], Colouring(agreement: [1])) },
  ]) func whatCannotBeDoneIsNamed(_ example: Refused) {
    let error = #expect(throws: DatasetError.self) {
      try shaping(example.change).apply(to: images)
    }
    #expect(error?.description == example.expected)
    #expect(error?.kind == .usage)
  }

  @Test func onlyGrayImagesAreColoured() {
    let red = LabeledImages(
      sampleShape: [3, 1, 1], pixels: [1, 2, 3], labels: [0], classNames: ["a", "b"])
    let points = LabeledPoints(
      dimension: 3, coordinates: [1, 2, 3], labels: [0], classNames: ["a", "b"])
    let colour = shaping { $0.colour = Colouring(agreement: [1]) }
    let one = #expect(throws: DatasetError.self) { try colour.apply(to: red) }
    #expect(
      one?.description == "shaping, colour: expected gray images, of one channel, found 3×1×1")
    let other = #expect(throws: DatasetError.self) { try colour.apply(to: points) }
    #expect(
      other?.description
        == "shaping, colour: only images can be coloured, found samples of shape 3")
    let noise = #expect(throws: DatasetError.self) {
      try shaping { $0.pixelNoise = 1 }.apply(to: points)
    }
    #expect(
      noise?.description
        == "shaping, pixelNoise: only images can be made noisy pixel by pixel, found samples of "
        + "shape 3")
  }
}
