import CollapseCore
import FeatureStore
import NeuralCollapse
import Pipeline
import Reporting
import TestSupport
import Testing

/// A test split is decided by the class means of a training file, class by class of the same name.
@Suite struct ClassMatchingTests {
  let folder = TemporaryFolder()

  /// Points about the corners of a triangle, a corner per class; some of them beyond the middle.
  private func write(
    _ name: String, _ classNames: [String]?, numbering: [Int64], split: String,
    texts: [String]? = nil
  ) -> String {
    let corners: [[Float]] = [[4, 0], [0, 4], [-4, -4]]
    var values: [Float] = []
    var labels: [Int64] = []
    for index in 0..<30 {
      let (kind, step) = (index % 3, Float(index % 7))
      values += [corners[kind][0] - step, corners[kind][1] + step / 2]
      labels.append(numbering[kind])
    }
    var entries: [ZipWriter.Entry] = [
      .init("features.npy", NPYWriter.file(values, [30, 2])),
      .init("split.npy", NPYWriter.file([split])),
      .init(
        "labels.npy",
        texts.map { texts in NPYWriter.file(labels.map { texts[Int($0)] }) }
          ?? NPYWriter.file(labels)),
    ]
    if let classNames { entries.append(.init("class_names.npy", NPYWriter.file(classNames))) }
    return folder.write(ZipWriter(entries).bytes, to: name)
  }

  private func measures(of test: String, by train: String) throws -> [String: Double] {
    let outcome = try AnalysisBatch(meansFrom: train).run([FeatureSource(test)])
    #expect(outcome.failures.map(\.message) == [])
    let report = try #require(outcome.entries.first?.record.measurements.first?.report)
    var values: [String: Double] = [:]
    for (key, measurement) in report.measures {
      if case .value(let value) = measurement { values[key] = value }
    }
    return values
  }

  @Test func anotherNumberingChangesNothing() throws {
    let names = ["cat", "dog", "owl"]
    let train = write("train.npz", names, numbering: [0, 1, 2], split: "train")
    let same = try measures(
      of: write("a.npz", names, numbering: [0, 1, 2], split: "test"), by: train)
    let other = try measures(
      of: write("b.npz", ["owl", "cat", "dog"], numbering: [1, 2, 0], split: "test"), by: train)
    let texts = try measures(
      of: write("c.npz", nil, numbering: [0, 1, 2], split: "test", texts: names), by: train)
    let accuracy = try #require(same["nc4_ncc_accuracy"])
    #expect(accuracy > 0.5 && accuracy < 1)
    #expect(other["nc4_ncc_accuracy"] == accuracy)
    #expect(texts["nc4_ncc_accuracy"] == accuracy)
  }

  @Test func otherClassesAreRefused() throws {
    let train = write("train.npz", ["cat", "dog", "owl"], numbering: [0, 1, 2], split: "train")
    let test = write("test.npz", ["cat", "dog", "cow"], numbering: [0, 1, 2], split: "test")
    let outcome = try AnalysisBatch(meansFrom: train).run([FeatureSource(test)])
    #expect(
      outcome.failures.map(\.message) == [
        "\(train): it states the class 'owl', which '\(test)' does not"
      ])
  }
}
