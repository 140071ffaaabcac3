import CollapseCore
import NeuralCollapse
import Synchronization

/// An analysis as a caller holds it: by a handle that is looked up, and never followed.
final class Session: @unchecked Sendable {
  let interruption = Interruption()
  /// Whether a call is under way.
  private let isBusy = Atomic(false)
  private var request: AnalysisRequest?
  private var classifier: LinearClassifier?
  private var means: (statistics: ClassStatistics, name: String)?
  private var outOfDistributionMean: [Double]?
  private var analysis: StreamedAnalysis?
  private var labels: [Int64] = []
  private var message = CText("")
  private var result: CText?

  /// What the caller is told of a call that makes no sense.
  struct Misuse: ClassifiedError {
    let kind = FailureKind.usage
    let description: String
  }

  /// Runs a call, one at a time, and turns what it throws into a code and a message.
  func run(_ body: () throws -> Void) -> Int32 {
    guard !isBusy.exchange(true, ordering: .acquiring) else { return FailureKind.usage.code }
    defer { isBusy.store(false, ordering: .releasing) }
    do {
      try body()
      return 0
    } catch is WorkInterrupted {
      message = CText("interrupted")
      return 130
    } catch {
      message = CText("\(error)")
      return ((error as? any ClassifiedError)?.kind ?? .internalFailure).code
    }
  }

  var lastMessage: UnsafePointer<CChar> { message.characters }

  func open(_ text: String) throws {
    let node: ConfigurationNode
    do {
      node = try JSONText.decode(from: text.utf8)
    } catch {
      throw Misuse(description: "options: expected a JSON object")
    }
    let read = ConfigurationReader.read(AnalysisRequest.self, from: node)
    guard let request = read.value else {
      throw Misuse(
        description: "options: " + read.faults.map(\.description).joined(separator: "; "))
    }
    self.request = request
  }

  func setClassifier(
    _ weights: UnsafePointer<Double>, _ bias: UnsafePointer<Double>?, rows: Int, columns: Int
  ) throws {
    try requireUnbegun()
    guard rows > 0, columns > 0 else { throw Misuse(description: "weights without numbers") }
    let (count, isBeyond) = rows.multipliedReportingOverflow(by: columns)
    guard !isBeyond, count < PhysicalMemory.byteCount / 8 else {
      throw Misuse(
        description: "weights of \(rows) × \(columns) numbers are more than memory holds")
    }
    classifier = LinearClassifier(
      weights: Matrix(
        rows: rows, columns: columns,
        elements: Array(UnsafeBufferPointer(start: weights, count: count))),
      bias: bias.map { Array(UnsafeBufferPointer(start: $0, count: rows)) })
  }

  func setMeans(of training: Session, name: String?) throws {
    try requireUnbegun()
    means = (try training.statistics(), name ?? "another set")
  }

  func setOutOfDistribution(_ other: Session) throws {
    try requireUnbegun()
    outOfDistributionMean = try other.statistics().sampleMean
  }

  private func statistics() throws -> ClassStatistics {
    guard let statistics = analysis?.statistics else {
      throw Misuse(description: "the other set's pass over its means has not ended")
    }
    return statistics
  }

  func push(_ features: UnsafeRawPointer?, _ labels: UnsafeRawPointer?, rows: Int) throws {
    let analysis = try begun()
    let request = try opened()
    guard rows > 0 else { return }
    let bytes = analysis.columns * analysis.element.byteCount
    guard !rows.multipliedReportingOverflow(by: max(bytes, 8)).overflow else {
      throw Misuse(description: "\(rows) rows are more than memory holds")
    }
    guard features != nil || analysis.pass == .labels else {
      throw Misuse(description: "no features, in the pass '\(analysis.pass.rawValue)'")
    }
    guard !request.unlabelled else {
      return try analysis.add(features, labels: nil, count: rows)
    }
    guard let labels else { throw Misuse(description: "no labels") }
    if request.labelType == .int64, UInt(bitPattern: labels) % 8 == 0 {
      return try analysis.add(
        features, labels: labels.assumingMemoryBound(to: Int64.self), count: rows)
    }
    // Other labels are made Int64 a piece at a time.
    var first = 0
    while first < rows {
      let count = min(rows - first, Session.converted)
      if self.labels.count < count { self.labels = Array(repeating: 0, count: count) }
      try self.labels.withUnsafeMutableBufferPointer { buffer in
        let read = UnsafeMutableBufferPointer(rebasing: buffer[..<count])
        let source = labels + first * request.labelType.byteCount
        if let place = request.labelType.read(source, into: read) {
          throw AnalysisError.absurdLabel(row: analysis.rowCount + place, label: .max)
        }
        try analysis.add(
          features.map { $0 + first * bytes }, labels: UnsafePointer(buffer.baseAddress!),
          count: count)
      }
      first += count
    }
  }

  private static let converted = 1 << 20

  var pass: StreamedAnalysis.Pass { analysis?.pass ?? .labels }

  func nextPass() throws -> Bool {
    let analysis = try begun()
    let more = try analysis.beginNextPass()
    if !more {
      let request = try opened()
      result = CText(
        try analysis.report().document(
          name: request.name, layer: request.layer, split: request.split, epoch: request.epoch
        ).text)
    }
    return more
  }

  func finished() throws -> UnsafePointer<CChar> {
    guard let result else { throw AnalysisError.passesLeft }
    return result.characters
  }

  private func opened() throws -> AnalysisRequest {
    guard let request else { throw Misuse(description: "it was not opened: its options are wrong") }
    return request
  }

  private func requireUnbegun() throws {
    _ = try opened()
    guard analysis == nil else { throw Misuse(description: "rows have been handed over already") }
  }

  private func begun() throws -> StreamedAnalysis {
    if let analysis { return analysis }
    let request = try opened()
    var options = request.options(interruption)
    (options.meansFrom, options.meansSource) = (means?.statistics, means?.name)
    options.outOfDistributionMean = outOfDistributionMean
    let begun = try StreamedAnalysis(
      columns: request.columns, element: request.dtype,
      classes: request.classes?.map { Int64($0) }, classifier: classifier, options: options,
      isUnlabelled: request.unlabelled)
    analysis = begun
    return begun
  }
}

extension FailureKind {
  /// As the command ends with it.
  var code: Int32 {
    switch self {
    case .usage: 64
    case .badInput: 65
    case .missingInput: 66
    case .internalFailure: 70
    case .cannotWrite: 73
    }
  }
}

/// A string that C reads.
final class CText: @unchecked Sendable {
  let characters: UnsafePointer<CChar>

  init(_ text: String) {
    let copy = UnsafeMutablePointer<CChar>.allocate(capacity: text.utf8.count + 1)
    for (index, byte) in text.utf8.enumerated() { copy[index] = CChar(bitPattern: byte) }
    copy[text.utf8.count] = 0
    characters = UnsafePointer(copy)
  }

  deinit { characters.deallocate() }
}
