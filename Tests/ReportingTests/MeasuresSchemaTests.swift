import CollapseCore
import Foundation
import NeuralCollapse
import Reporting
import Testing

/// `docs/measures.schema.json` describes what is written, key by key.
@Suite struct MeasuresSchemaTests {
  private let schema: [String: Any]

  init() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let data = try Data(contentsOf: root.appending(path: "docs/measures.schema.json"))
    schema = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  @Test func aReportIsWhatItSays() throws {
    var report = StudyReportTests.small.report
    report.runs[0].facts.options["training.optimizer.kind"] = .word("adam")
    report.runs[0].facts.seed = .max
    report.runs[0].history[0].trainingLoss = .infinity
    report.runs[1].measurements[0].epoch = nil
    report.runs[1].measurements[0].report.meansSource = "train.h5"
    report.about = ["pan-cao"]
    let file = MeasuresFile(report, stamps: [report.runs[0].name: "ab"])
    let value = try JSONSerialization.jsonObject(with: Data(file.json.text.utf8))
    #expect(problems(value, schema, at: "$") == [])
  }

  /// The checker itself sees what does not fit.
  @Test(arguments: [
    (#"{"format": "other", "version": 2, "runs": [], "measurements": []}"#, "$.format: other"),
    (#"{"format": "collapse-measures", "version": 2, "runs": []}"#, "$: no measurements"),
    (
      #"{"format": "collapse-measures", "version": 2, "runs": [1], "measurements": []}"#,
      "$.runs[0]: a number"
    ),
    (
      #"{"format": "collapse-measures", "version": 2, "runs": [], "measurements": [], "a": 1}"#,
      "$: unknown a"
    ),
  ]) func whatDoesNotFitIsSeen(text: String, problem: String) throws {
    let value = try JSONSerialization.jsonObject(with: Data(text.utf8))
    #expect(problems(value, schema, at: "$").first?.hasPrefix(problem) == true)
  }

  /// As much of JSON Schema as the file uses.
  private func problems(_ value: Any, _ rule: [String: Any], at place: String) -> [String] {
    if let reference = rule["$ref"] as? String {
      let name = String(reference.dropFirst("#/$defs/".count))
      let definitions = schema["$defs"] as? [String: [String: Any]]
      guard let definition = definitions?[name] else { return ["\(place): no \(reference)"] }
      return problems(value, definition, at: place)
    }
    if let choices = rule["anyOf"] as? [[String: Any]] {
      return choices.contains { problems(value, $0, at: place).isEmpty }
        ? [] : ["\(place): none of the choices"]
    }
    if let constant = rule["const"] {
      return "\(constant)" == "\(value)" ? [] : ["\(place): \(value)"]
    }
    if let words = rule["enum"] as? [String] {
      return (value as? String).map(words.contains) == true ? [] : ["\(place): \(value)"]
    }
    let types = (rule["type"] as? [String]) ?? (rule["type"] as? String).map { [$0] } ?? []
    guard types.isEmpty || types.contains(where: { isValue(value, $0) }) else {
      return ["\(place): a \(kind(value)), expected \(types)"]
    }
    if let list = value as? [Any], let items = rule["items"] as? [String: Any] {
      return list.enumerated().flatMap { problems($1, items, at: "\(place)[\($0)]") }
    }
    guard let members = value as? [String: Any] else { return [] }
    let properties = rule["properties"] as? [String: [String: Any]] ?? [:]
    let missing = (rule["required"] as? [String] ?? []).filter { members[$0] == nil }
    return missing.map { "\(place): no \($0)" }
      + members.sorted { $0.key < $1.key }.flatMap { key, member -> [String] in
        if let own = properties[key] { return problems(member, own, at: "\(place).\(key)") }
        if let other = rule["additionalProperties"] as? [String: Any] {
          return problems(member, other, at: "\(place).\(key)")
        }
        return rule["additionalProperties"] as? Bool == false ? ["\(place): unknown \(key)"] : []
      }
  }

  private func isValue(_ value: Any, _ type: String) -> Bool {
    switch type {
    case "integer": (value as? NSNumber).map { $0.doubleValue.rounded() == $0.doubleValue } ?? false
    case "number": kind(value) == "number"
    default: kind(value) == type
    }
  }

  private func kind(_ value: Any) -> String {
    switch value {
    case is NSNull: "null"
    case is String: "string"
    case is [Any]: "array"
    case is [String: Any]: "object"
    case let number as NSNumber: JSONTruth.isBoolean(number) ? "boolean" : "number"
    default: "unknown"
    }
  }
}

private enum JSONTruth {
  /// Whether JSON had `true` or `false`, which Foundation reads as numbers of one bit.
  static func isBoolean(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }
}
