import CollapseCore
import FeatureStore
import Foundation
import TestSupport

/// Feature files of three Gaussian classes, two layers of 3 and 5 features, and a classifier.
struct SmallFeatures {
  var split: String? = "train"
  var epoch = 1
  var seed: UInt64 = 1
  var labels: [Int32] = (0..<60).map { Int32($0 % 3) }
  var layers: [(name: String, dimension: Int)] = [("fc1", 3), ("fc2", 5)]
  var weightDecay: Double? = nil

  /// Writes the rows `rows` of the set, all of them by default.
  @discardableResult
  func write(_ path: String, rows: Range<Int>? = nil) throws -> String {
    var metadata = FeatureMetadata()
    metadata.facts.dataset = "gaussians"
    metadata.split = split
    metadata.epoch = epoch
    metadata.facts.weightDecay = weightDecay
    let rows = rows ?? labels.indices
    let last = layers.last!.dimension
    let writer = try FeatureFileWriter(
      path, rowCount: rows.count, layers: layers, metadata: metadata,
      classifier: LinearClassifier(
        weights: Matrix(
          rows: 3, columns: last,
          elements: (0..<3 * last).map { $0 / last == $0 % last ? 2 : 0.25 }),
        bias: [0.5, 0, -0.5]))
    var blocks = layers.map { _ in [Float]() }
    for row in rows {
      // Each row has random numbers of its own, so that a part of a set is the same rows.
      var generator = SeededGenerator(seed: seed, stream: "row \(row)")
      for (index, layer) in layers.enumerated() {
        for column in 0..<layer.dimension {
          let mean: Double = Int(labels[row]) == column ? 2 : 0.5
          blocks[index].append(Float(mean + 0.8 * generator.normal()))
        }
      }
    }
    try writer.append(blocks, labels: rows.map { labels[$0] })
    try writer.finish()
    return path
  }
}

/// One object of what `collapse analyze --json` prints.
struct AnalyzedLayer: Decodable {
  struct Report: Decodable {
    struct Class: Decodable { let label: Int }

    let samples: Int
    let dimension: Int
    let classes: [Class]
    let convention: [String: Choice]
    let measures: [String: Double?]
    let undefined: [String: String]
    let warnings: [String]
    let notes: [String]
    let meansFrom: String?

    private enum CodingKeys: String, CodingKey {
      case samples, dimension, classes, convention, measures, undefined, warnings, notes
      case meansFrom = "means_from"
    }
  }

  /// A choice of a convention: a word, or yes and no.
  enum Choice: Decodable, Equatable {
    case word(String), flag(Bool)

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      self =
        if let flag = try? container.decode(Bool.self) { .flag(flag) } else {
          .word(try container.decode(String.self))
        }
    }
  }

  let file: String
  let layer: String
  let split: String
  let epoch: Int?
  let report: Report

  enum CodingKeys: String, CodingKey {
    case file, layer, split, epoch, report
  }

  /// What every command writes.
  struct File: Decodable {
    let format: String
    let version: Int
    let measurements: [AnalyzedLayer]
  }

  var undefined: [String: String] { report.undefined }
  var notes: [String] { report.notes }
  var meansFrom: String? { report.meansFrom }
  var warnings: [String] { report.warnings }
  var values: [String: Double] { report.measures.compactMapValues { $0 } }

  func value(_ key: String) -> Double? { values[key] }

  /// What the command prints of `arguments`, which must succeed.
  static func analyze(_ arguments: [String]) throws -> [AnalyzedLayer] {
    let result = try CollapseCommand.run(["analyze", "--json"] + arguments)
    guard result.exitCode == 0 else { throw Failure(description: result.errors) }
    return try JSONDecoder().decode(File.self, from: Data(result.output.utf8)).measurements
  }

  struct Failure: Error, CustomStringConvertible { let description: String }
}
