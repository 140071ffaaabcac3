import CollapseCore
import LibC
import LinearAlgebra

/// The rows of each class, class by class, for what takes all of them at once: a third pass, on
/// request.
final class ClassRows {
  let statistics: ClassStatistics
  let options: AnalysisOptions
  let columns: Int
  /// h − μ_c in the order of the rows.
  private let rows: SpooledDoubles
  private let starts: [Int]
  private var places: [Int]

  /// Of the machine's memory, what rows may take before they go to a file.
  private static let memoryShare = 4

  /// - Throws: ``AnalysisError`` where the rows do not fit.
  init(_ statistics: ClassStatistics, _ options: AnalysisOptions) throws {
    self.statistics = statistics
    self.options = options
    columns = statistics.dimension
    let largest = 8 * columns * 2 * (statistics.counts.max() ?? 0)
    let available = options.memoryLimit ?? AnalysisMemory.physical
    guard !options.classSpectra || largest <= available else {
      throw AnalysisError.rowMemory(
        rows: statistics.counts.max() ?? 0, dimension: columns, bytes: largest,
        available: available)
    }
    rows = try SpooledDoubles(
      rows: statistics.sampleCount, columns: columns, memory: available / ClassRows.memoryShare,
      folder: options.spoolFolder ?? getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp")
    starts = statistics.counts.reduce(into: [0]) { $0.append($0.last! + $1) }
    places = starts.dropLast()
  }

  /// - Throws: ``AnalysisError/passLabels`` where a class has more rows than in the passes before.
  func add(_ block: RowBlock) throws {
    block.leaveOutNonFinite()
    for row in 0..<block.count where block.classes[row] >= 0 {
      let number = Int(block.classes[row])
      guard places[number] < starts[number + 1] else { throw AnalysisError.passLabels }
      let target = rows.base + places[number] * columns
      places[number] += 1
      if block.isDouble {
        target.update(
          from: block.rows.assumingMemoryBound(to: Double.self) + row * columns, count: columns)
      } else {
        let source = block.rows.assumingMemoryBound(to: Float.self) + row * columns
        for column in 0..<columns { target[column] = Double(source[column]) }
      }
      let mean = statistics.means.row(number)
      for column in 0..<columns { target[column] -= mean[mean.startIndex + column] }
    }
  }

  /// h − μ_c of the rows of class `number`, one after another.
  func deviations(of number: Int) -> UnsafeBufferPointer<Double> {
    UnsafeBufferPointer(
      start: rows.base + starts[number] * columns, count: statistics.counts[number] * columns)
  }

  /// What was asked for of them.
  ///
  /// - Throws: ``AnalysisError/passLabels`` where a class has fewer rows than in the passes before.
  func measures() throws -> ClassRowMeasures {
    guard places == Array(starts.dropFirst()) else { throw AnalysisError.passLabels }
    var measures = ClassRowMeasures()
    if options.classSpectra { measures.spectra = try spectra() }
    if let shots = options.fewShotCount { measures.fewShotError = try fewShotError(shots) }
    if let count = options.elasticityRows {
      (measures.elasticityIntra, measures.elasticityInter) = try localElasticity(count)
    }
    return measures
  }

  private func spectra() throws -> [[Double]] {
    let rows = UncheckedRows(self)
    return try Parallel.map(statistics.labels.count, threads: options.threads) {
      [columns, statistics, options] number in
      try options.interruption.check()
      let deviations = Matrix(
        rows: statistics.counts[number], columns: columns,
        elements: Array(rows.rows.deviations(of: number)))
      return try deviations.singularValues()
    }
  }
}

/// Rows that are only read any more, by several threads.
struct UncheckedRows: @unchecked Sendable {
  let rows: ClassRows
  init(_ rows: ClassRows) { self.rows = rows }
}

/// What takes the rows of each class at once.
struct ClassRowMeasures: Sendable {
  /// The singular values of h − μ_c by class, descending.
  var spectra: [[Double]]?
  var fewShotError: Measurement?
  var elasticityIntra: Measurement?
  var elasticityInter: Measurement?
}

extension AnalysisOptions {
  /// Whether a third pass is to gather the rows of each class.
  var needsClassRows: Bool { classSpectra || fewShotCount != nil || elasticityRows != nil }

  func knowing(hasBias: Bool) -> AnalysisOptions {
    var options = self
    options.elasticityHasBias = hasBias
    return options
  }
}
