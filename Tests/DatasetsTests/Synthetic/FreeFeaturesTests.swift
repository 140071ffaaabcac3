import CollapseCore
import Datasets
import Testing

@Suite struct FreeFeaturesTests {
  @Test func samplesAreUnitVectorsClassAfterClass() throws {
    var dataset = FreeFeatures()
    dataset.counts = [3, 1, 2]
    let (train, test) = try dataset.generate(threads: 1)
    #expect(train.labels == [0, 0, 0, 1, 2, 2])
    #expect(train.classNames == ["0", "1", "2"] && train.sampleShape == [6])
    let expected = (0..<36).map { Float($0 / 6 == $0 % 6 ? 1 : 0) }
    #expect(train.coordinates == expected)
    #expect(test.labels == train.labels)
  }

  @Test(arguments: [[3], [2, 0], [1 << 14, 1], [Int.max, Int.max]])
  func sizesThatMakeNoSetAreRefused(counts: [Int]) {
    var dataset = FreeFeatures()
    dataset.counts = counts
    let error = #expect(throws: DatasetError.self) { try dataset.generate(threads: 1) }
    #expect("\(error!)".contains("counts"))
  }
}
