import CollapseCore
import LinearAlgebra

/// The rows of each class, class by class, for what takes all of them at once: a third pass, on
/// request.
final class ClassRows {
  private let statistics: ClassStatistics
  private let options: AnalysisOptions
  private let columns: Int
  /// h − μ_c in the order of the rows.
  private let rows: AlignedBuffer
  private let starts: [Int]
  private var places: [Int]

  /// - Throws: ``AnalysisError/rowMemory(rows:dimension:bytes:available:)`` where the rows do not fit.
  init(_ statistics: ClassStatistics, _ options: AnalysisOptions) throws {
    self.statistics = statistics
    self.options = options
    columns = statistics.dimension
    let bytes = 8 * columns * (statistics.sampleCount + 2 * (statistics.counts.max() ?? 0))
    let available = options.memoryLimit ?? AnalysisMemory.physical
    guard bytes <= available else {
      throw AnalysisError.rowMemory(
        rows: statistics.sampleCount, dimension: columns, bytes: bytes, available: available)
    }
    rows = AlignedBuffer(count: statistics.sampleCount * columns)
    starts = statistics.counts.reduce(into: [0]) { $0.append($0.last! + $1) }
    places = starts
  }

  func add(_ block: RowBlock) {
    block.leaveOutNonFinite()
    for row in 0..<block.count where block.classes[row] >= 0 {
      let number = Int(block.classes[row])
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

  func spectra() throws -> ClassSpectra {
    let (rows, starts, columns) = (rows, starts, columns)
    return ClassSpectra(
      effectiveRanks: try Parallel.map(statistics.labels.count, threads: options.threads) {
        [statistics, options] number in
        try options.interruption.check()
        let range = starts[number] * columns..<starts[number + 1] * columns
        let deviations = Matrix(
          rows: statistics.counts[number], columns: columns,
          elements: Array(UnsafeBufferPointer(start: rows.base, count: rows.count)[range]))
        return MeasureFamily.effectiveRank(try deviations.singularValues())
      })
  }
}

/// The effective rank of each class's scatter.
struct ClassSpectra {
  /// exp of the entropy of σ_k/Σσ of h − μ_c; `nil` where a class has no spread.
  let effectiveRanks: [Double?]
}

extension MeasureFamily {
  static let classSpectra = MeasureFamily(
    measures: [
      Measure(
        "class_effective_rank_mean", .spectrum, "mean over classes of exp H(σ_k/Σσ), σ of h − μ_c",
        "Mean effective rank of the classes' scatter.", citation: "MONAI 2026",
        needs: .classSpectra),
      Measure(
        "class_effective_rank_min", .spectrum, "min over classes of exp H(σ_k/Σσ), σ of h − μ_c",
        "Least effective rank of a class's scatter.", citation: "MONAI 2026",
        needs: .classSpectra),
    ],
    evaluate: { summary, findings in
      guard let ranks = summary.classSpectra?.effectiveRanks else { return }
      findings.perClass["class_effective_rank"] = ranks
      let known = ranks.compactMap { $0 }
      guard let least = known.min() else {
        return findings.undefined(findings.family, "no class has any spread")
      }
      findings["class_effective_rank_mean"] = known.reduce(0, +) / Double(known.count)
      findings["class_effective_rank_min"] = least
    })
}
