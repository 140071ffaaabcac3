import CollapseCore
import FoundationEssentials
import NeuralCollapse
import Testing

@Suite struct ReportJSONTests {
  private var report: CollapseReport {
    var report = CollapseReport(
      convention: .heSu, sampleCount: 7, dimension: 3,
      classes: [
        .init(label: 2, name: "a \"quoted\"\n\u{1} name ±", count: 4),
        .init(label: 9, name: nil, count: 3),
      ])
    report.measures = [
      ("nc1_pinv", .value(0.1)), ("nc1_vci", .undefined("one class")),
      ("margin_min", .value(-1e-300)), ("accuracy", .value(1)),
    ]
    report.perClass = ["cos_intra": [0.5, nil]]
    report.perPair = ["cos_inter": [[nil, 0.25], [0.25, nil]]]
    report.series = ["margin_quantiles": [1.0 / 3, 2.5e17]]
    report.extremePairs = [
      "nc3_cosine": [
        PairValue(first: 1, second: 0, value: 0.75), PairValue(first: 0, second: 1, value: -0.5),
      ]
    ]
    report.warnings = ["no samples of class 3"]
    report.notes = ["measured on h/‖h‖"]
    report.meansSource = "train.h5"
    return report
  }

  @Test func textReadsBackEqual() throws {
    var read = try JSONDecoder().decode(CollapseReport.self, from: Data(report.json.text.utf8))
    // The catalogue's order: here margins come after the decisions.
    #expect(read.measures.map(\.key) == ["nc1_pinv", "nc1_vci", "accuracy", "margin_min"])
    read.measures = report.measures
    #expect(read == report)
  }

  @Test func encodersWriteTheSameMembers() throws {
    let encoded = try JSONEncoder().encode(report)
    var read = try JSONDecoder().decode(CollapseReport.self, from: encoded)
    read.measures = report.measures
    #expect(read == report)
  }

  @Test func textIsExactlyThis() {
    var report = report
    report.classes = [.init(label: 2, name: "a\"\u{1}", count: 4)]
    #expect(
      report.json.text == """
        {
          "format": "collapse-measures",
          "version": 1,
          "convention": {
            "name": "he-su",
            "centering": "samples",
            "within_weights": "samples",
            "between_weights": "samples",
            "divides_by_class_count": false,
            "norm_deviation": "population"
          },
          "samples": 7,
          "dimension": 3,
          "means_from": "train.h5",
          "classes": [
            {
              "label": 2,
              "name": "a\\"\\u0001",
              "count": 4
            }
          ],
          "measures": {
            "nc1_pinv": 0.1,
            "nc1_vci": null,
            "margin_min": -1e-300,
            "accuracy": 1
          },
          "undefined": {
            "nc1_vci": "one class"
          },
          "per_class": {
            "cos_intra": [0.5, null]
          },
          "per_pair": {
            "cos_inter": [
              [null, 0.25],
              [0.25, null]
            ]
          },
          "extreme_pairs": {
            "nc3_cosine": [
              [1, 0, 0.75],
              [0, 1, -0.5]
            ]
          },
          "series": {
            "margin_quantiles": [0.3333333333333333, 2.5e+17]
          },
          "warnings": ["no samples of class 3"],
          "notes": ["measured on h/‖h‖"]
        }

        """)
  }

  /// Reports of the first edition have no notes, extremes or source of means.
  @Test func olderReportsAreRead() throws {
    var plain = report
    (plain.notes, plain.extremePairs, plain.meansSource) = ([], [:], nil)
    var text = plain.json.text.replacing(",\n  \"notes\": []", with: "")
    text = text.replacing("  \"extreme_pairs\": {},\n", with: "")
      .replacing("  \"means_from\": null,\n", with: "")
    #expect(!text.contains("notes") && !text.contains("extreme") && !text.contains("means_from"))
    var read = try JSONDecoder().decode(CollapseReport.self, from: Data(text.utf8))
    read.measures = plain.measures
    #expect(read == plain)
  }

  @Test(arguments: [
    ("collapse-measures", 2, "found collapse-measures version 2"),
    ("other", 1, "found other version 1"),
  ]) func otherFormatsAreRefused(format: String, version: Int, message: String) throws {
    let text = report.json.text
      .replacing("\"format\": \"collapse-measures\"", with: "\"format\": \"\(format)\"")
      .replacing("\"version\": 1", with: "\"version\": \(version)")
    let error = #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(CollapseReport.self, from: Data(text.utf8))
    }
    guard case .dataCorrupted(let context) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(context.debugDescription.hasSuffix(message))
  }

  @Test func aConventionKnowsItsName() {
    #expect(Convention.standard.replacing(centering: .samples).name == "custom")
    #expect(
      Convention.standard.replacing(centering: .samples, normDeviation: .sample) == .zhu)
    #expect(Convention.papyan.replacing() == .papyan)
    #expect(Convention.named("he-su") == .heSu)
    #expect(Convention.named("nobody") == nil)
  }
}
