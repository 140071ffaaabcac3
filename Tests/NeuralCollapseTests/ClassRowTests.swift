import CollapseCore
import Foundation
import NeuralCollapse
import TestSupport
import Testing

/// What takes the rows of each class at once.
@Suite struct ClassRowTests {
  private static let item = FeatureCase.gaussian(
    "overlapping", counts: [40, 30, 25], means: FeatureCase.randomMeans(3, 6, seed: 4), spread: 1.4,
    seed: 6)
  private static let keys = [
    "class_effective_rank_mean", "few_shot_error", "local_elasticity_intra",
    "local_elasticity_inter",
  ]

  /// Rows in a file give the bits of rows in memory, for any number of threads.
  @Test(arguments: [1, 2, 5]) func spooled(threads: Int) throws {
    let inMemory = try Self.item.report()
    let folder = TemporaryFolder()
    let spooled = try Self.item.report {
      $0.memoryLimit = 12_000
      $0.spectrum = false
      $0.threads = threads
      $0.spoolFolder = folder.path
    }
    for key in Self.keys { #expect(spooled[key] == inMemory[key], "\(key)") }
    // The file has no name, and nothing is left of it.
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  /// The squares of a class's singular values are its spread, and the curves over classes lie where
  /// the classes do.
  @Test func spectraOfTheClasses() throws {
    let report = try Self.item.report()
    let least = try #require(report.series["class_spectrum_least"])
    let median = try #require(report.series["class_spectrum_median"])
    let greatest = try #require(report.series["class_spectrum_greatest"])
    let classes = try report.classes.indices.map { number in
      try #require(report.series["class_spectrum_\(number)"])
    }
    for (number, values) in classes.enumerated() {
      let squares = values.reduce(0) { $0 + $1 * $1 } / Double(report.classes[number].count)
      let variance = try #require(report.perClass["within_variance"]?[number])
      #expect(abs(squares - variance) < 1e-12 * variance)
      #expect(values == values.sorted(by: >))
    }
    for place in median.indices {
      let relative = classes.map { $0[place] / $0[0] }.sorted()
      #expect([least[place], median[place], greatest[place]] == relative)
    }
  }

  @Test func nowhereToSpool() {
    let error = #expect(throws: AnalysisError.self) {
      try Self.item.report {
        $0.memoryLimit = 12_000
        $0.spectrum = false
        $0.spoolFolder = "/nowhere"
      }
    }
    #expect(
      error?.description
        == "what takes the rows of each class at once spools all 95 of 6 features, 1 MiB, to "
        + "'/nowhere' (TMPDIR): no such file or directory")
  }

  /// Classes far apart are learned from any rows; where they are one, from none.
  @Test func fewShotErrorIsThatOfChance() throws {
    let apart = FeatureCase.gaussian(
      "apart", counts: [20, 20], means: [[9, 0], [-9, 0]], spread: 0.5, seed: 1)
    #expect(try apart.report()["few_shot_error"] == .value(0))
    let same = FeatureCase.gaussian(
      "same", counts: [600, 600], means: [[0, 0], [0, 0]], spread: 1, seed: 1)
    let error = try #require(try same.report()["few_shot_error"]?.value)
    #expect(abs(error - 0.5) < 0.02)
    #expect(
      try apart.report { $0.fewShotCount = 20 }["few_shot_error"]
        == .undefined("a class has no more than 20 rows, the shots"))
  }

  /// Orthogonal classes without a bias do not touch one another; equal rows move as one.
  @Test func elasticityOfAFrame() throws {
    let frame = FeatureCase(
      name: "frame", dimension: 3,
      features: (0..<12).flatMap { k in (0..<3).map { $0 == k % 3 ? 2.0 : 0 } },
      labels: (0..<12).map { Int64($0 % 3) },
      classifier: LinearClassifier(
        weights: Matrix(rows: 3, columns: 3, elements: [1, 0, 0, 0, 1, 0, 0, 0, 1]), bias: nil))
    let report = try frame.report()
    #expect(report["local_elasticity_intra"] == .value(1))
    #expect(report["local_elasticity_inter"] == .value(0))
    var biased = frame
    biased.classifier = LinearClassifier(weights: frame.classifier!.weights, bias: [0, 0, 0])
    let inter = try #require(try biased.report()["local_elasticity_inter"]?.value)
    #expect(abs(inter - 0.2) < 1e-15)
  }
}
