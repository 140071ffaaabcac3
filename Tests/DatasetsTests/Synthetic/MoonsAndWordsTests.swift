import CollapseCore
import Datasets
import LibC
import Testing

@Suite struct MoonsAndWordsTests {
  @Test func moonsAreLaidAcrossAndAlong() {
    func moons(_ margin: Double, noise: Double = 0) -> MoonPoints {
      var generator = SeededGenerator(seed: 1)
      return MoonPoints(count: 40, noise: noise, margin: margin, &generator)
    }
    let (apart, meeting) = (moons(0.1), moons(-0.1))
    func across(_ moons: MoonPoints) -> [Double] {
      (0..<40).map { moons.inputs[$0, 0] * moons.signs[$0] }
    }
    // The margin moves each class by as much, and nothing along the arcs.
    for (one, other) in zip(across(apart), across(meeting)) {
      #expect(abs(one - other - 0.2) < 1e-12)
    }
    for row in 0..<40 { #expect(apart.inputs[row, 1] == meeting.inputs[row, 1]) }
    #expect(across(apart).min()! >= 0.1 && across(meeting).min()! < 0)
    // A line separates the ones and not the others; an arc ends at −3/2 and one at 3/2.
    #expect(
      apart.accuracy(
        of: Matrix(rows: 40, columns: 1, elements: (0..<40).map { apart.inputs[$0, 0] })) == 1)
    #expect(abs(apart.inputs[19, 1] + 1.5) < 1e-12 && abs(apart.inputs[39, 1] - 1.5) < 1e-12)
    #expect(moons(0.1, noise: 0.1) != apart)
  }

  /// The data set is these points, each split at its margin and with its own noise.
  @Test func theDataSetIsOfThesePoints() throws {
    var description = TwoMoons()
    (description.margin, description.testMargin, description.seed) = (0.1, -0.2, 7)
    (description.trainPerClass, description.testPerClass) = (20, 30)
    let (train, test) = try description.generate(threads: 1)
    for (samples, name, margin) in [(train, "train", 0.1), (test, "test", -0.2)] {
      var random = SeededGenerator(seed: 7, stream: name)
      let points = MoonPoints(count: samples.count, noise: 0.1, margin: margin, &random)
      #expect(samples.coordinates == points.inputs.elements.map { Float($0) })
      #expect(samples.labels == points.signs.map { $0 < 0 ? 0 : 1 })
    }
    // The first coordinate alone decides in training, and no longer in the test.
    func firstDecides(_ samples: LabeledPoints) -> Bool {
      samples.labels.indices.allSatisfy {
        (samples.coordinates[2 * $0] > 0) == (samples.labels[$0] == 1)
      }
    }
    #expect(firstDecides(train) && !firstDecides(test))
  }

  /// Pairs come as often as P(w) P(o | w) says.
  @Test func wordsComeByTheirLaw() throws {
    var description = SkipGram()
    (description.classCount, description.blockCount, description.exponent) = (6, 2, 0.7)
    (description.cohesion, description.trainPerClass) = (0.6, 20_000)
    let samples = try description.generate(threads: 1).train
    let p = description.frequencies
    var counts = Array(repeating: 0.0, count: 36)
    for index in 0..<samples.count {
      let row = samples.coordinates[index * 6..<(index + 1) * 6]
      #expect(row.count { $0 == 1 } == 1 && row.count { $0 == 0 } == 5)
      counts[(row.firstIndex(of: 1)! - row.startIndex) * 6 + Int(samples.labels[index])] += 1
    }
    let block: [Double] = [p[0] + p[2] + p[4], p[1] + p[3] + p[5]]
    for word in 0..<6 {
      for near in 0..<6 {
        let inside: Double = word % 2 == near % 2 ? 0.6 * p[near] / block[word % 2] : 0
        let expected: Double = p[word] * (inside + 0.4 * p[near])
        // Five standard errors of a share of 120 000 draws.
        let bound: Double = 5 * sqrt(expected * (1 - expected) / 120_000)
        let share: Double = counts[word * 6 + near] / 120_000
        #expect(abs(share - expected) < bound)
      }
    }
  }
}
