import CollapseCore
import Foundation
import NeuralCollapse
import Testing

/// Which rows count, and what they are measured about.
@Suite struct SelectionTests {
  /// Classes chosen, and labels that are none, are as if the file had only the other rows.
  @Test func classesAndIgnoredLabels() throws {
    let item = FeatureCase.golden
    let present = item.selecting(item.labels.indices.filter { item.labels[$0] != 1 })
    let expected = try present.report()
    let chosen = try item.report { $0.labels.classes = [0, 2, 3] }
    let ignoring = try item.report { $0.labels.ignored = [1] }
    for report in [chosen, ignoring] {
      for (key, measurement) in report.measures {
        guard let value = measurement.value, let other = expected[key]?.value else { continue }
        #expect(abs(value - other) <= 1e-12 * max(1, abs(other)), "\(key)")
      }
      #expect(report.classes == expected.classes)
      #expect(report.notes.contains("7 rows left out by label"))
    }
    var negative = item
    negative.labels = item.labels.map { $0 == 1 ? -100 : $0 }
    #expect(
      try negative.report { $0.labels.ignored = [-100] }.measures.map(\.measurement)
        == ignoring.measures.map(\.measurement))
    let error = #expect(throws: AnalysisError.self) {
      try item.report { $0.labels.classes = [9] }
    }
    #expect(error?.description == "all 24 rows are left out by their labels")
  }

  /// A row that is left out by its label may hold anything.
  @Test func numbersOfRowsLeftOut() throws {
    var item = FeatureCase.golden
    item.features += Array(repeating: .nan, count: 6)
    item.labels.append(-1)
    let report = try item.report { $0.labels.ignored = [-1] }
    let original = try FeatureCase.golden.report()
    #expect(report.measures.map(\.measurement) == original.measures.map(\.measurement))
  }

  /// The same as measuring features that were normalized before.
  @Test func unitNorm() throws {
    let item = FeatureCase.golden
    var unit = item
    unit.features = item.labels.indices.flatMap { index -> [Double] in
      let length = item.row(index).reduce(0) { $0 + $1 * $1 }.squareRoot()
      return item.row(index).map { $0 / length }
    }
    let report = try item.report { $0.unitNorm = true }
    let expected = try unit.report()
    for (key, measurement) in report.measures {
      guard let value = measurement.value, let other = expected[key]?.value else { continue }
      #expect(abs(value - other) <= 1e-10 * max(1, abs(other)), "\(key)")
    }
    #expect(report["feature_rms"]?.value.map { abs($0 - 1) < 1e-12 } == true)
    #expect(report.notes.contains("measured on h/‖h‖"))
  }

  /// Without labels there is what all rows have, and it is what one class would give.
  @Test func unlabelled() throws {
    let item = FeatureCase.golden
    var options = AnalysisOptions()
    options.spectrum = true
    let report = try CollapseAnalyzer(options: options).analyzeUnlabelled([item.rows])
    #expect(
      report.measures.map(\.key) == [
        "feature_rms", "global_mean_norm", "condensation", "condensation_unbiased",
        "spectrum_effective_rank", "spectrum_stable_rank", "spectrum_numerical_rank",
        "spectrum_participation_ratio", "rankme",
      ])
    let labelled = try item.report { $0.convention = .zhu }
    for (key, measurement) in report.measures {
      let (value, expected) = (measurement.value, labelled[key]?.value)
      #expect(try abs(#require(value) - #require(expected)) <= 1e-12, "\(key)")
    }
    #expect(report.classes.isEmpty)
  }

  /// About the means of the rows themselves the measures are the plain ones; about others they are
  /// tr-ratios with the squared distance of the means added.
  @Test func aboutTrainingMeans() throws {
    let item = FeatureCase.golden
    let own = try CollapseAnalyzer().statistics(
      of: item.rows, labels: InMemoryLabels(item.labels))
    let report = try item.report {
      $0.meansFrom = own
      $0.meansSource = "train.h5"
      $0.measuresAboutTraining = true
    }
    for key in ["nc1_pinv", "nc1_trace_ratio", "nc1_cdnv", "cos_intra_mean", "cos_inter_max"] {
      let (value, expected) = (report[key + "_about_training"]?.value, report[key]?.value)
      #expect(try abs(#require(value) - #require(expected)) <= 1e-12, "\(key)")
    }
    #expect(report.meansSource == "train.h5")
    #expect(report.notes.contains("decided (NC4) by the class means of 'train.h5'"))

    // Every mean a unit away along the first feature.
    var moved = own.means
    for row in 0..<4 { moved[row, 0] += 1 }
    let shifted = try item.report {
      $0.meansFrom = ClassStatistics(labels: own.labels, counts: own.counts, means: moved)
      $0.measuresAboutTraining = true
    }
    let within = try #require(report["within_trace"]?.value)
    let about = try #require(shifted["within_trace_about_training"]?.value)
    #expect(abs(about - (within + 1)) <= 1e-12)
    #expect(
      try abs(
        #require(shifted["between_trace_about_training"]?.value)
          - #require(report["between_trace"]?.value)) <= 1e-12)
    #expect(shifted["nc1_pinv"] == report["nc1_pinv"])
  }

  /// Where C > d + 1 no value of a simplex is promised.
  @Test func idealsThatCannotBeReached() throws {
    let report = try FeatureCase.planarDecagon.report()
    let measure = try #require(Measure.named("nc2_means_angle_deviation_mean"))
    #expect(measure.underCollapse(classes: 3, dimension: 2) == "0")
    #expect(measure.underCollapse(classes: 10, dimension: 2) == nil)
    #expect(report["nc2_means_etf_distance"]?.value == nil)
    // Ten vectors on a circle are a tight frame of rank two: the least distance there is.
    let circle = FeatureCase(
      name: "circle", dimension: 2,
      features: (0..<20).flatMap { [cos(Double($0) * .pi / 5), sin(Double($0) * .pi / 5)] },
      labels: (0..<20).map { Int64($0 % 10) }, classifier: nil)
    let least = (2 - 2 * (2.0 / 9).squareRoot()).squareRoot()
    let distance = try #require(try circle.report()["nc2_means_gram_distance"]?.value)
    #expect(abs(distance - least) <= 1e-12, "\(distance), not \(least)")
  }

  /// An exact orthogonal frame is one, whatever its centred means are.
  @Test func orthogonalFrameOfUncentredMeans() throws {
    let item = FeatureCase(
      name: "frame", dimension: 4,
      features: (0..<12).flatMap { k in (0..<4).map { $0 == k % 4 ? 3 : 0 } },
      labels: (0..<12).map { Int64($0 % 4) }, classifier: nil)
    let report = try item.report()
    #expect(try #require(report["nc2_means_orthogonal_frame_distance"]?.value) <= 1e-12)
    #expect(try abs(#require(report["nc2_means_uncentred_angle_mean"]?.value)) <= 1e-12)
    #expect(try #require(report["nc2_means_uncentred_norm_cov"]?.value) <= 1e-12)
  }

  /// ½ mean‖Wh + b − e_y‖² comes apart exactly (Han, Papyan & Donoho 2022).
  @Test(arguments: [FeatureCase.golden, FeatureCase.longTail])
  func squaredErrorComesApart(item: FeatureCase) throws {
    let report = try item.report()
    let parts = try ["mse_lnc1", "mse_lnc23", "mse_deviation"].map { key in
      try #require(report[key]?.value)
    }
    let classifier = item.classifier!
    var sum = 0.0
    for index in item.labels.indices {
      for k in 0..<classifier.classCount {
        let output =
          zip(classifier.weights.row(k), item.row(index)).reduce(0) { $0 + $1.0 * $1.1 }
          + (classifier.bias?[k] ?? 0)
        let error = output - (Int64(k) == item.labels[index] ? 1 : 0)
        sum += error * error
      }
    }
    let expected = sum / Double(item.sampleCount) / 2
    #expect(abs(parts.reduce(0, +) - expected) <= 1e-9 * expected)
  }
}
