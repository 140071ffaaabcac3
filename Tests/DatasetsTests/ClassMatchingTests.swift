import CollapseCore
import Datasets
import TestSupport
import Testing

@Suite struct ClassMatchingTests {
  func points(_ labels: [Int32], _ names: [String]) -> LabeledPoints {
    LabeledPoints(
      dimension: 1, coordinates: labels.map(Float.init), labels: labels, classNames: names)
  }

  @Test func fewerAndReorderedClassesKeepTheirMeaning() throws {
    let matched = try points([0, 1, 1, 2], ["c", "a", "b"]).matched(
      to: ["a", "b", "c", "d"], of: "the checkpoint", name: "f")
    #expect(matched.labels == [2, 0, 0, 1])
    #expect(matched.classNames == ["a", "b", "c", "d"])
    #expect(matched.coordinates == [0, 1, 1, 2])
  }

  @Test func aClassWithoutSamplesNeedNotBeKnown() throws {
    let matched = try points([0, 2], ["a", "x", "b"]).matched(
      to: ["b", "a"], of: "the checkpoint", name: "f")
    #expect(matched.labels == [1, 0])
  }

  @Test func unknownClassesAreNamed() {
    #expect(
      message {
        _ = try points([0, 1, 2], ["a", "aa", "z"]).matched(
          to: ["a", "b"], of: "the checkpoint", name: "f")
      }
        == "f: has samples of 'aa', 'z', which are no classes of the checkpoint; its classes are "
        + "'a', 'b'")
  }
}
