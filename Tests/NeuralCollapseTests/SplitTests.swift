import CollapseCore
import NeuralCollapse
import Testing

/// Measures that take something from another set: training means, out-of-distribution features.
@Suite struct SplitTests {
  private let training = FeatureCase.gaussian(
    "training", counts: [50, 50, 50], means: FeatureCase.randomMeans(3, 4, seed: 6), spread: 0.9,
    seed: 6)
  private let test = FeatureCase.gaussian(
    "test", counts: [7, 5, 3], means: FeatureCase.randomMeans(3, 4, seed: 6), spread: 0.9, seed: 7)

  @Test func testDecisionsAreAgainstTrainingMeans() throws {
    let statistics = try CollapseAnalyzer().statistics(
      of: training.rows, labels: InMemoryLabels(training.labels))
    let report = try test.report { $0.meansFrom = statistics }
    let right = test.labels.indices.count { index in
      let distances = (0..<3).map { label in
        zip(test.row(index), statistics.means.row(label)).reduce(0) {
          $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
        }
      }
      return distances.firstIndex(of: distances.min()!)! == Int(test.labels[index])
    }
    #expect(report["nc4_ncc_accuracy"]?.value == Double(right) / 15)
    // Everything else is of the test split alone.
    let own = try test.report()
    for (key, measurement) in own.measures
    where !["nc4_ncc_accuracy", "nc4_mismatch"].contains(key) {
      guard let expected = measurement.value else { continue }
      #expect(abs(report[key]!.value! - expected) <= 1e-12 * max(1, abs(expected)), "\(key)")
    }
  }

  @Test func ownMeansDecideLikeTheirCopy() throws {
    let statistics = try CollapseAnalyzer().statistics(
      of: test.rows, labels: InMemoryLabels(test.labels))
    let report = try test.report { $0.meansFrom = statistics }
    #expect(report["nc4_ncc_accuracy"] == (try test.report()["nc4_ncc_accuracy"]))
  }

  @Test func aClassWithoutATrainingMeanIsNeverDecidedFor() throws {
    var part = training
    part = part.selecting(part.labels.indices.filter { part.labels[$0] != 1 })
    let statistics = try CollapseAnalyzer().statistics(
      of: part.rows, labels: InMemoryLabels(part.labels))
    let report = try test.report { $0.meansFrom = statistics }
    #expect(report.warnings == ["no means to decide by for class 1: never decided for"])
    #expect(report.perClass["nc4_ncc_accuracy"]![1] == 0)
  }

  @Test func orthogonalityToAnOutOfDistributionMean() throws {
    let outside = [3.0, 0, 0, 0, 1, 0, 0, 0]
    let mean = try CollapseAnalyzer().mean(of: InMemoryRows(outside, columnCount: 4))
    #expect(mean == [2, 0, 0, 0])
    let item = FeatureCase(
      name: "axes", dimension: 4, features: [1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 5, 0],
      labels: [0, 1, 2], classifier: nil)
    let report = try item.report { $0.outOfDistributionMean = mean }
    let expected = (1 + 1 / 2.0.squareRoot() + 0) / 3
    #expect(abs(report["nc5_orthogonality"]!.value! - expected) <= 1e-15)
  }

  /// Quantiles are those of the sorted margins to the sketch's 2⁻¹⁵, the ends exactly.
  @Test func marginQuantiles() throws {
    let item = FeatureCase.gaussian(
      "margins", counts: [3000, 3000], means: FeatureCase.randomMeans(2, 3, seed: 8), spread: 1,
      seed: 8)
    let report = try item.report()
    let weights = item.classifier!.weights
    let margins = item.labels.indices.map { index -> Double in
      let logits = (0..<2).map { k in
        zip(weights.row(k), item.row(index)).reduce(item.classifier!.bias![k]) {
          $0 + $1.0 * $1.1
        }
      }
      let own = Int(item.labels[index])
      return logits[own] - logits[1 - own]
    }.sorted()
    let probabilities = try #require(report.series["margin_quantile_probabilities"])
    let quantiles = try #require(report.series["margin_quantiles"])
    #expect(probabilities.count == quantiles.count && probabilities.contains(0.5))
    for (probability, quantile) in zip(probabilities, quantiles) {
      let exact = margins[Int(probability * 5999)]
      #expect(abs(quantile - exact) <= 0x1p-15 * abs(exact) + 1e-12)
    }
    #expect(abs(report["margin_min"]!.value! - margins[0]) <= 1e-12)
    #expect(abs(quantiles[0] - margins[0]) <= 1e-12)
  }

  /// The catalogue is complete, unambiguous and says everything of each measure.
  @Test func theCatalogueDescribesEveryMeasure() throws {
    let keys = Measure.catalogue.map(\.key)
    #expect(Set(keys).count == keys.count)
    let report = try FeatureCase.golden.report()
    let ofClasses = Measure.catalogue.filter { $0.requirement != .targets }.map(\.key)
    #expect(report.measures.map(\.key) == ofClasses)
    for measure in Measure.catalogue {
      #expect(!measure.formula.isEmpty && measure.definition.hasSuffix("."), "\(measure.key)")
      #expect(
        (measure.direction == .none) || measure.underCollapse != nil || measure.group == .loss)
    }
    let withoutSpectrum = try FeatureCase.golden.report { $0.spectrum = false }
    #expect(withoutSpectrum["nc1_vci"] == nil)
    for (key, measurement) in withoutSpectrum.measures {
      #expect(measurement == report[key], "\(key)")
    }
  }
  /// So is that of tables and lists: a report holds all of them, in the shape they state, and no others.
  @Test func theCatalogueDescribesEveryTable() throws {
    let keys = TableKey.catalogue
    #expect(Set(keys.map { "\($0.shape) \($0.key)" }).count == keys.count)
    for table in keys {
      #expect(!table.formula.isEmpty && table.definition.hasSuffix("."), "\(table.key)")
    }
    func known(_ shape: TableKey.Shape) -> Set<String> {
      Set(keys.filter { $0.shape == shape && $0.requirement != .targets }.map(\.key))
    }
    let report = try FeatureCase.golden.report()
    #expect(Set(report.perClass.keys) == known(.perClass))
    #expect(Set(report.perPair.keys) == known(.perPair))
    let classes = Set(report.classes.indices.map { TableKey.classSpectrum($0).key })
    #expect(Set(report.series.keys) == known(.list).union(classes))
    #expect(report[perClass: .withinVariance]?.count == report.classes.count)
    #expect(report[perPair: Measure.cosines.inter]?.count == report.classes.count)
    #expect(report[list: .spectrumSingularValues] == report.series["spectrum_singular_values"])
  }
}
