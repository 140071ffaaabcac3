import CollapseCore
import Files
import FoundationEssentials
import Networks
import Reporting
import Training

/// `metrics.csv`: one row per epoch, written anew after each so that it is always whole. Two columns
/// per named test set stand after the others: `loss_NAME` and `accuracy_NAME`.
struct MetricsFile {
  let path: String
  private(set) var rows: [EpochMetrics] = []

  private static let columns: [(name: String, value: @Sendable (EpochMetrics) -> String)] = [
    ("epoch", { "\($0.epoch)" }),
    ("learning_rate", { $0.learningRate.shortestText }),
    ("running_loss", { $0.runningLoss.shortestText }),
    ("running_accuracy", { $0.runningAccuracy.shortestText }),
    ("train_loss", { text($0.trainLoss) }),
    ("train_accuracy", { text($0.trainAccuracy) }),
    ("regularized_loss", { text($0.regularizedLoss) }),
    ("test_loss", { text($0.testLoss) }),
    ("test_accuracy", { text($0.testAccuracy) }),
    ("seconds", { $0.seconds.shortestText }),
    ("samples_per_second", { $0.samplesPerSecond.shortestText }),
    ("gradient_norm", { text($0.gradientNorm) }),
    ("balance", { text($0.balance) }),
  ]

  /// Columns of files from before the last two were there.
  private static let earlierCount = 11

  /// An empty file to come at `path`.
  init(path: String) { self.path = path }

  /// The rows at `path` up to `epoch`, to continue a training from there.
  ///
  /// - Throws: `FileError` when a row is not what this program writes.
  init(continuing path: String, after epoch: Int) throws {
    self.path = path
    guard FileManager.default.fileExists(atPath: path) else { return }
    let text = String(decoding: try FileContents.read(path), as: UTF8.self)
    let lines = text.split(separator: "\n")
    let sets = MetricsFile.testSets(lines.first ?? "")
    for (number, line) in lines.dropFirst().enumerated() {
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      guard let row = MetricsFile.row(fields, sets) else {
        throw FileError(
          kind: .badInput, operation: "read", path: path,
          reason: "line \(number + 2) is not \(MetricsFile.columns.count + 2 * sets.count) numbers")
      }
      if row.epoch <= epoch { rows.append(row) }
    }
  }

  mutating func append(_ metrics: EpochMetrics) throws {
    rows.append(metrics)
    var sets: [String] = []
    for set in rows.flatMap({ $0.testSets ?? [] }) where !sets.contains(set.name) {
      sets.append(set.name)
    }
    let header =
      MetricsFile.columns.map(\.name) + sets.flatMap { ["loss_\($0)", "accuracy_\($0)"] }
    let lines = rows.map { row in
      let own = sets.flatMap { name in
        let set = row.testSets?.first { $0.name == name }
        return [MetricsFile.text(set?.loss), MetricsFile.text(set?.accuracy)]
      }
      return (MetricsFile.columns.map { $0.value(row) } + own).joined(separator: ",")
    }
    try AtomicFile.write(
      ([header.joined(separator: ",")] + lines).joined(separator: "\n") + "\n", to: path)
  }

  /// What a report says of each evaluated epoch in the file at `path`.
  static func history(_ path: String) throws -> [EpochRecord] {
    try MetricsFile(continuing: path, after: .max).rows.compactMap { row in
      guard let loss = row.trainLoss, let accuracy = row.trainAccuracy else { return nil }
      return EpochRecord(
        epoch: row.epoch, trainingLoss: loss, regularizedLoss: row.regularizedLoss,
        trainingAccuracy: accuracy, testLoss: row.testLoss, testAccuracy: row.testAccuracy,
        testSets: row.testSets?.map {
          TestSetRecord(name: $0.name, loss: $0.loss, accuracy: $0.accuracy)
        }, learningRate: row.learningRate)
    }
  }

  private static func text(_ value: Double?) -> String { value?.shortestText ?? "" }

  /// The names of the test sets that a header has columns of.
  private static func testSets(_ header: Substring) -> [String] {
    header.split(separator: ",").dropFirst(columns.count).filter { $0.hasPrefix("loss_") }
      .map { String($0.dropFirst("loss_".count)) }
  }

  private static func row(_ fields: [Substring], _ sets: [String]) -> EpochMetrics? {
    let counts = [columns.count + 2 * sets.count] + (sets.isEmpty ? [earlierCount] : [])
    guard counts.contains(fields.count), let epoch = Int(fields[0]) else { return nil }
    let numbers = fields.map { Double($0) } + [nil, nil]
    guard let learningRate = numbers[1], let runningLoss = numbers[2],
      let runningAccuracy = numbers[3], let seconds = numbers[9], let rate = numbers[10]
    else { return nil }
    let tested = sets.enumerated().compactMap { index, name -> TestSetMetrics? in
      let place = columns.count + 2 * index
      guard let loss = numbers[place], let accuracy = numbers[place + 1] else { return nil }
      return TestSetMetrics(name: name, loss: loss, accuracy: accuracy)
    }
    return EpochMetrics(
      epoch: epoch, learningRate: learningRate, runningLoss: runningLoss,
      runningAccuracy: runningAccuracy, trainLoss: numbers[4], trainAccuracy: numbers[5],
      regularizedLoss: numbers[6], testLoss: numbers[7], testAccuracy: numbers[8],
      testSets: tested.isEmpty ? nil : tested, gradientNorm: numbers[11], balance: numbers[12],
      seconds: seconds, samplesPerSecond: rate)
  }
}
