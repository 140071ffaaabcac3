import CollapseCore
import LinearAlgebra

/// The effective rank of each class's scatter, from all its rows at once: a third pass, on request.
struct ClassSpectra {
  /// exp of the entropy of σ_k/Σσ of h − μ_c; `nil` where a class has no spread.
  let effectiveRanks: [Double?]

  /// - Throws: ``AnalysisError/rowMemory(rows:dimension:bytes:available:)`` where the rows do not fit.
  init(_ analysis: Analysis) throws {
    let statistics = analysis.statistics
    let columns = analysis.columns
    let bytes = 8 * columns * (statistics.sampleCount + 2 * (statistics.counts.max() ?? 0))
    let available = analysis.options.memoryLimit ?? AnalysisMemory.physical
    guard bytes <= available else {
      throw AnalysisError.rowMemory(
        rows: statistics.sampleCount, dimension: columns, bytes: bytes, available: available)
    }
    let partition = RowPartition(
      rowCounts: analysis.shards.map(\.features.rowCount), columns: columns,
      classes: statistics.labels.count, products: 0, blockRows: analysis.options.blockRows)
    let reader = BlockReader(
      shards: analysis.shards, partition: partition, index: LabelIndex(labels: statistics.labels),
      interruption: analysis.options.interruption)
    // Class by class, rows in their order.
    let rows = AlignedBuffer(count: statistics.sampleCount * columns)
    var places = statistics.counts.reduce(into: [0]) { $0.append($0.last! + $1) }
    let starts = places
    for stripe in partition.stripes {
      try reader.forEachBlock(of: stripe) { block in
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
    }
    effectiveRanks = try Parallel.map(
      statistics.labels.count, threads: analysis.options.threads
    ) { number in
      try analysis.options.interruption.check()
      let range = starts[number] * columns..<starts[number + 1] * columns
      let deviations = Matrix(
        rows: statistics.counts[number], columns: columns,
        elements: Array(UnsafeBufferPointer(start: rows.base, count: rows.count)[range]))
      return MeasureFamily.effectiveRank(try deviations.singularValues())
    }
  }
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
