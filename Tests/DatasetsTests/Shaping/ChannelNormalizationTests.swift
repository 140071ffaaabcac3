import CollapseCore
import Datasets
import Testing

@Suite struct ChannelNormalizationTests {
  @Test func channelsAreMeasuredApart() throws {
    // Two images of two channels of 1×2.
    let images = LabeledImages(
      sampleShape: [2, 1, 2], pixels: [0, 2, 10, 10, 4, 6, 10, 14], labels: [0, 0],
      classNames: ["a"])
    let found = try ChannelNormalization(of: images)
    #expect(found.means == [3, 11])
    #expect(abs(found.standardDeviations[0] - 5.0.squareRoot()) < 1e-15)
    #expect(abs(found.standardDeviations[1] - 3.0.squareRoot()) < 1e-15)
  }

  @Test func aLargeOffsetCostsNoDigits() throws {
    // 10⁶ ± 0.5: float32 holds these exactly; E x² − (E x)² would leave 4 of 16 digits.
    let count = 1000
    let points = LabeledPoints(
      dimension: 1, coordinates: (0..<count).map { $0 % 2 == 0 ? 999_999.5 : 1_000_000.5 },
      labels: Array(repeating: 0, count: count), classNames: ["a"])
    let found = try ChannelNormalization(of: points)
    #expect(found.means == [1_000_000])
    #expect(abs(found.standardDeviations[0] - 0.5) < 1e-14)
  }

  @Test func aConstantChannelIsNotDividedByZero() throws {
    let points = LabeledPoints(
      dimension: 2, coordinates: [7, 1, 7, 3], labels: [0, 0], classNames: ["a"])
    #expect(
      try ChannelNormalization(of: points)
        == ChannelNormalization(means: [7, 2], standardDeviations: [1, 1]))
  }

  @Test func coordinatesOfPointsAreChannels() throws {
    var random = SeededGenerator(seed: 4)
    let coordinates = (0..<3000).map { Float(Double($0 % 3) * 10 + random.normal()) }
    let points = LabeledPoints(
      dimension: 3, coordinates: coordinates, labels: Array(repeating: 0, count: 1000),
      classNames: ["a"])
    let found = try ChannelNormalization(of: points)
    for coordinate in 0..<3 {
      let values = stride(from: coordinate, to: 3000, by: 3).map { Double(coordinates[$0]) }
      let mean = values.reduce(0, +) / 1000
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 1000
      #expect(abs(found.means[coordinate] - mean) < 1e-12)
      #expect(abs(found.standardDeviations[coordinate] - variance.squareRoot()) < 1e-12)
    }
  }
}
