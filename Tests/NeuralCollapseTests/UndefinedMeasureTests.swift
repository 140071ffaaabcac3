import CollapseCore
import NeuralCollapse
import Testing

/// Input for which a measure has no value: null with its reason, never NaN, 0 or a crash.
@Suite struct UndefinedMeasureTests {
  @Test func withoutAClassifier() throws {
    var item = FeatureCase.golden
    item.classifier = nil
    let report = try item.report()
    for measure in Measure.catalogue where measure.requirement == .classifier {
      #expect(report[measure.key] == .undefined("no classifier"), "\(measure.key)")
    }
    #expect(report["nc5_orthogonality"] == .undefined("no out-of-distribution set"))
  }

  @Test func ofOneClass() throws {
    var item = FeatureCase.golden
    item.labels = item.labels.map { _ in 0 }
    let report = try item.report()
    for key in [
      "nc1_pinv", "nc1_vci", "nc2_means_norm_cov", "nc2_weights_etf_distance",
      "nc3_duality_distance", "cos_inter_mean", "margin_mean", "alignment",
    ] { #expect(report[key] == .undefined("one class"), "\(key)") }
    #expect(report["within_trace"]?.value != nil)
    #expect(report["cos_intra_mean"]?.value != nil)
  }

  @Test func ofOneSamplePerClass() throws {
    let report = try FeatureCase.oneSamplePerClass.report()
    for key in ["nc1_pinv", "nc1_trace_ratio", "nc1_cdnv", "nc1_vci"] {
      #expect(
        report[key] == .undefined("one sample in every class: nothing varies within a class"))
    }
    #expect(report["cos_intra_unbiased_min"] == .undefined("one sample in every class"))
    #expect(report["nc2_means_etf_distance"]?.value != nil)
  }

  @Test func ofZeroVarianceBetweenClasses() throws {
    let item = FeatureCase(
      name: "same means", dimension: 2, features: [10.1, 0, 30.3, 0, 10.1, 0, 30.3, 0],
      labels: [0, 0, 1, 1],
      classifier: LinearClassifier(
        weights: Matrix(rows: 2, columns: 2, elements: [1, 0, 0, 1]), bias: nil))
    let report = try item.report()
    #expect(report["nc1_pinv"] == .undefined("zero variance between classes"))
    #expect(report["nc1_trace_ratio"] == .undefined("zero variance between classes"))
    #expect(report["nc1_vci"] == .undefined("zero variance between classes"))
    #expect(report["nc1_cdnv"] == .undefined("two class means coincide"))
    #expect(report["nc3_duality_distance"] == .undefined("zero variance between classes"))
    #expect(report["nc2_means_angle_std"] == .undefined("every vector is zero"))
    #expect(report["between_rank"] == .value(0))
  }

  @Test func ofConstantFeatures() throws {
    let item = FeatureCase(
      name: "constant", dimension: 3, features: Array(repeating: 0.1, count: 30),
      labels: (0..<10).map { Int64($0 % 3) }, classifier: nil)
    let report = try item.report()
    #expect(report["within_trace"] == .value(0))
    #expect(report["between_trace"] == .value(0))
    #expect(report["nc1_within_fraction"] == .undefined("zero variance"))
    #expect(report["cos_intra_mean"] == .undefined("every vector is zero"))
    #expect(
      report.warnings == [
        "10 zero vectors after the global mean is taken away: no direction, left out of the cosines"
      ])
  }

  @Test func ofZeroFeatures() throws {
    let item = FeatureCase(
      name: "zeros", dimension: 2, features: Array(repeating: 0, count: 8),
      labels: [0, 1, 0, 1],
      classifier: LinearClassifier(
        weights: Matrix(rows: 2, columns: 2, elements: [1, 0, 0, 1]), bias: [0, 0]))
    let report = try item.report()
    #expect(report["condensation"] == .undefined("every feature vector is zero"))
    #expect(report["alignment"] == .undefined("every feature is zero"))
    #expect(report["within_norm_fraction"] == .undefined("every feature is zero"))
  }

  /// A zero vector has no direction: counted, and left out of the cosines only.
  @Test func zeroVectorsAreLeftOutOfTheCosines() throws {
    var item = FeatureCase.golden
    item.features += [Double](repeating: 0, count: 6)
    item.labels.append(2)
    let report = try item.report()
    let original = try FeatureCase.golden.report()
    #expect(report.sampleCount == 25)
    #expect(
      report.warnings == [
        "1 zero vector among the features: no direction, left out of the cosines"
      ])
    for key in Measure.catalogue.map(\.key)
    where key.hasPrefix("cos_") && key.contains("uncentred") || key == "condensation" {
      let (value, expected) = (report[key]?.value, original[key]?.value)
      #expect(try abs(#require(value) - (#require(expected))) <= 1e-12, "\(key)")
    }
  }

  @Test func numbersTooLargeForTheirSquares() throws {
    let report = try FeatureCase.golden.mappingFeatures { $0 * 1e200 }.report()
    #expect(report["within_trace"] == .undefined("not a finite number in double precision"))
    for (key, measurement) in report.measures {
      if let value = measurement.value { #expect(value.isFinite, "\(key)") }
    }
    for number in report.perClass.values.joined() { #expect(number.map(\.isFinite) ?? true) }
  }

  /// Nothing but finite numbers leaves the analyzer, whatever the input.
  @Test func noReportHoldsNaN() throws {
    for item in FeatureCase.grid {
      let report = try item.report()
      let numbers =
        report.measures.compactMap(\.measurement.value)
        + report.perClass.values.joined().compactMap { $0 }
        + report.perPair.values.joined().joined().compactMap { $0 }
        + report.series.values.joined()
      #expect(numbers.allSatisfy { $0.isFinite }, "\(item.name)")
      for (key, measurement) in report.measures {
        #expect(measurement.reason != "not defined for this input", "\(item.name): \(key)")
      }
    }
  }
}
