import CCollapse
import CollapseC
import CollapseCore
import NeuralCollapse
import Reporting
import Testing

/// The functions as C calls them.
@Suite struct CInterfaceTests: Sendable {
  private static let features: [Double] = (0..<600).map { index in
    let noise = Double(index * 7919 % 101) / 50
    return noise + Double(index / 2 % 3)
  }
  private static let labels: [Int64] = (0..<300).map { Int64($0 % 3) }

  /// Every pass, in pieces of `step` rows.
  private func run(
    _ analysis: OpaquePointer?, _ features: some RandomAccessCollection, bytesPerRow: Int,
    labels: [UInt8], bytesPerLabel: Int, step: Int = 64
  ) -> collapse_status {
    let features = Array(features)
    let count = labels.count / bytesPerLabel
    var more: Int32 = 1
    while more == 1 {
      for first in stride(from: 0, to: count, by: step) {
        let status = features.withUnsafeBytes { features in
          labels.withUnsafeBytes { labels in
            collapse_push(
              analysis, features.baseAddress! + first * bytesPerRow,
              labels.baseAddress! + first * bytesPerLabel, min(step, count - first))
          }
        }
        guard status == COLLAPSE_OK else { return status }
      }
      let status = collapse_next_pass(analysis, &more)
      guard status == COLLAPSE_OK else { return status }
    }
    return COLLAPSE_OK
  }

  private func bytes<Value: BitwiseCopyable>(_ values: [Value]) -> [UInt8] {
    values.withUnsafeBytes { Array($0) }
  }

  private func message(_ analysis: OpaquePointer?) -> String {
    String(cString: collapse_message(analysis))
  }

  private func open(_ options: String) -> OpaquePointer? {
    var analysis: OpaquePointer?
    #expect(collapse_open(options, &analysis) == COLLAPSE_OK, "\(message(analysis))")
    return analysis
  }

  @Test func theResultIsADocumentWithTheBitsOfTheAnalyzer() throws {
    let analysis = open(
      """
      {"columns": 2, "dtype": "float64", "convention": "zhu", "weight_decay": 0.01, "epoch": 3,
       "class_names": ["a", "b", "c"], "name": "notebook"}
      """)
    defer { collapse_close(analysis) }
    let weights = [1.0, 0, 0, 1, -1, -1]
    #expect(collapse_set_classifier(analysis, weights, [0, 0.5, 1], 3, 2) == COLLAPSE_OK)
    #expect(
      run(analysis, Self.features, bytesPerRow: 16, labels: bytes(Self.labels), bytesPerLabel: 8)
        == COLLAPSE_OK)
    var json: UnsafePointer<CChar>?
    #expect(collapse_result(analysis, &json) == COLLAPSE_OK)
    var options = AnalysisOptions()
    options.convention = .zhu
    options.weightDecay = 0.01
    options.classNames = ["a", "b", "c"]
    let expected = try CollapseAnalyzer(options: options).analyze(
      features: InMemoryRows(Self.features, columnCount: 2), labels: InMemoryLabels(Self.labels),
      classifier: LinearClassifier(
        weights: Matrix(rows: 3, columns: 2, elements: weights), bias: [0, 0.5, 1]))
    let file = try MeasuresFile(json: Array(String(cString: try #require(json)).utf8))
    let measurement = try #require(file.report.runs.first?.measurements.first)
    #expect(file.report.runs.count == 1 && file.report.runs[0].name == "notebook")
    #expect(measurement.epoch == 3 && measurement.file == nil)
    #expect(measurement.report.json.text == expected.json.text)
  }

  @Test(arguments: RowElement.allCases, ["int8", "uint8", "int16", "uint32", "int64", "uint64"])
  func everyTypeOfNumbersAndLabels(element: RowElement, labelType: String) throws {
    // Whole numbers and quarters, which every type holds.
    let numbers = Self.features.map { ($0 * 4).rounded() / 4 }
    let stored: [UInt8]
    switch element {
    case .float64: stored = bytes(numbers)
    case .float32: stored = bytes(numbers.map { Float($0) })
    case .bfloat16: stored = bytes(numbers.map { UInt16(Float($0).bitPattern >> 16) })
    case .float16: stored = bytes(numbers.map { Float16($0).bitPattern })
    }
    let labels: [UInt8]
    switch labelType {
    case "int8": labels = bytes(Self.labels.map { Int8($0) })
    case "uint8": labels = bytes(Self.labels.map { UInt8($0) })
    case "int16": labels = bytes(Self.labels.map { Int16($0) })
    case "uint32": labels = bytes(Self.labels.map { UInt32($0) })
    case "uint64": labels = bytes(Self.labels.map { UInt64($0) })
    default: labels = bytes(Self.labels)
    }
    let analysis = open(
      """
      {"columns": 2, "dtype": "\(element.rawValue)", "label_type": "\(labelType)", "threads": 2}
      """)
    defer { collapse_close(analysis) }
    #expect(
      run(
        analysis, stored, bytesPerRow: 2 * element.byteCount, labels: labels,
        bytesPerLabel: labels.count / 300) == COLLAPSE_OK, "\(message(analysis))")
    var json: UnsafePointer<CChar>?
    #expect(collapse_result(analysis, &json) == COLLAPSE_OK)
    let report = try MeasuresFile(json: Array(String(cString: try #require(json)).utf8))
      .report.runs[0].measurements[0].report
    let expected = try CollapseAnalyzer().analyze(
      features: InMemoryRows(numbers, columnCount: 2), labels: InMemoryLabels(Self.labels))
    #expect(report.json.text == expected.json.text)
  }

  @Test(arguments: [
    ("{}", "options: missing key 'columns'; missing key 'dtype'"),
    (
      "{\"columns\": 0, \"dtype\": \"float32\"}",
      "options: columns: expected 1 to 16777216, found 0"
    ),
    (
      "{\"columns\": 2, \"dtype\": \"int8\"}",
      "options: dtype: expected one of float16, bfloat16, float32, float64, found 'int8'"
    ),
    (
      "{\"columns\": 2, \"dtype\": \"float32\", \"spectrun\": true}",
      "options: unknown key 'spectrun': did you mean 'spectrum'?"
    ),
    (
      "{\"columns\": 2, \"dtype\": \"float32\", \"weight_labels\": [1, 1]}",
      "options: weight_labels: a label stands there twice"
    ),
    ("[", "options: expected a JSON object"), ("7", "options: expected keys and values, found '7'"),
  ])
  func wrongOptionsAreNamed(options: String, expected: String) {
    var analysis: OpaquePointer?
    #expect(collapse_open(options, &analysis) == COLLAPSE_USAGE)
    #expect(message(analysis) == expected)
    #expect(collapse_push(analysis, Self.features, Self.labels, 1) == COLLAPSE_USAGE)
    collapse_close(analysis)
  }

  @Test func nothingThatIsGivenEndsTheProcess() throws {
    #expect(collapse_open(nil, nil) == COLLAPSE_USAGE)
    var unopened: OpaquePointer?
    #expect(collapse_open(nil, &unopened) == COLLAPSE_USAGE)
    #expect(message(unopened) == "no options")
    collapse_close(unopened)
    let unknown = OpaquePointer(bitPattern: 12_345_678)
    for handle in [nil, unknown, unopened] {
      #expect(collapse_push(handle, Self.features, Self.labels, 1) == COLLAPSE_USAGE)
      #expect(message(handle) == "this is no analysis, or one that was closed")
      collapse_interrupt(handle)
      collapse_close(handle)
      #expect(String(cString: collapse_pass(handle)) == "finished")
    }
    let analysis = open("{\"columns\": 2, \"dtype\": \"float64\"}")
    defer { collapse_close(analysis) }
    var json: UnsafePointer<CChar>?
    #expect(collapse_result(analysis, &json) == COLLAPSE_USAGE)
    #expect(collapse_result(analysis, nil) == COLLAPSE_USAGE)
    #expect(collapse_set_classifier(analysis, nil, nil, 1, 1) == COLLAPSE_USAGE)
    #expect(collapse_set_classifier(analysis, Self.features, nil, .max, .max) == COLLAPSE_USAGE)
    #expect(collapse_set_means(analysis, analysis, nil) == COLLAPSE_USAGE)
    #expect(collapse_set_means(analysis, nil, nil) == COLLAPSE_USAGE)
    #expect(collapse_push(analysis, Self.features, nil, 2) == COLLAPSE_USAGE)
    #expect(message(analysis) == "no labels")
    #expect(collapse_push(analysis, Self.features, Self.labels, .max) == COLLAPSE_USAGE)
    #expect(collapse_push(analysis, Self.features, Self.labels, -1) == COLLAPSE_USAGE)
    #expect(collapse_next_pass(analysis, nil) == COLLAPSE_USAGE)
    // Labels come without features, the other passes do not.
    #expect(collapse_push(analysis, nil, Self.labels, 2) == COLLAPSE_OK)
    var more: Int32 = 0
    #expect(collapse_next_pass(analysis, &more) == COLLAPSE_OK && more == 1)
    #expect(collapse_push(analysis, nil, Self.labels, 2) == COLLAPSE_USAGE)
    #expect(message(analysis) == "no features, in the pass 'means'")
  }

  @Test func badRowsHaveTheCodeOfBadInput() {
    let analysis = open("{\"columns\": 1, \"dtype\": \"float64\", \"classes\": [0, 1]}")
    defer { collapse_close(analysis) }
    #expect(
      run(
        analysis, [1, .nan, 3], bytesPerRow: 8, labels: bytes([Int64(0), 1, 1]), bytesPerLabel: 8)
        == COLLAPSE_BAD_INPUT)
    #expect(
      message(analysis) == "1 of 3 rows hold NaN or infinite features, the first at row 1")
  }

  @Test func aLabelTooLargeIsNamedWithItsRow() {
    let analysis = open(
      "{\"columns\": 1, \"dtype\": \"float64\", \"label_type\": \"uint64\"}")
    defer { collapse_close(analysis) }
    #expect(
      run(
        analysis, [1.0, 2, 3], bytesPerRow: 8, labels: bytes([UInt64(0), 1, .max]),
        bytesPerLabel: 8, step: 2) == COLLAPSE_BAD_INPUT)
    #expect(message(analysis).hasPrefix("row 2: label 9223372036854775807 is above the largest"))
  }

  @Test func anInterruptedAnalysisSaysSo() {
    let analysis = open("{\"columns\": 1, \"dtype\": \"float64\"}")
    defer { collapse_close(analysis) }
    collapse_interrupt(analysis)
    #expect(collapse_push(analysis, [1.0], [Int64(0)], 1) == COLLAPSE_INTERRUPTED)
    #expect(message(analysis) == "interrupted")
  }

  /// Analyses know nothing of one another, whatever thread each is on.
  @Test func manyAtOnceAreAsGoodAsOne() throws {
    @Sendable func result(_ threads: Int) throws -> String {
      let analysis = open("{\"columns\": 2, \"dtype\": \"float64\", \"threads\": \(threads)}")
      defer { collapse_close(analysis) }
      #expect(
        run(
          analysis, Self.features, bytesPerRow: 16, labels: bytes(Self.labels), bytesPerLabel: 8,
          step: 1) == COLLAPSE_OK)
      var json: UnsafePointer<CChar>?
      #expect(collapse_result(analysis, &json) == COLLAPSE_OK)
      return String(cString: try #require(json))
    }
    let one = try result(1)
    let all = try Parallel.map(8, threads: 4) { try result($0 % 3 + 1) }
    #expect(all.allSatisfy { $0 == one })
  }
}
