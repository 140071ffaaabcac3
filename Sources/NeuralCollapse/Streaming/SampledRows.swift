import CollapseCore

/// Rows from a few places of the set, kept as they pass by.
final class SampledRows {
  private let pieces: [(first: Int, rows: GatheredRows, count: Int)]

  /// - Parameter stripes: where the rows are, of a set of one shard.
  init(_ stripes: [RowPartition.Stripe], _ columns: Int, _ element: RowElement) {
    pieces = stripes.flatMap(\.segments).map { segment in
      (
        segment.firstRow,
        GatheredRows(
          capacity: max(1, segment.rows.count), columnCount: columns, element: element),
        segment.rows.count
      )
    }
  }

  /// Keeps of these rows, the first of which is `first` of the set, those that are wanted.
  func add(_ rows: BorrowedRows, first: Int) {
    for piece in pieces {
      let wanted =
        max(
          piece.first, first)..<max(
          max(piece.first, first), min(piece.first + piece.count, first + rows.rowCount))
      if wanted.isEmpty { continue }
      _ = piece.rows.append(rows[wanted.lowerBound - first..<wanted.upperBound - first])
    }
  }

  /// Each piece as a shard.
  func shards(_ options: AnalysisOptions) -> [LabeledFeatures] {
    pieces.map { $0.rows.all.labeled(options) }
  }

  /// The pieces as stripes, cut into blocks like others.
  func partition(_ whole: RowPartition) -> RowPartition {
    whole.replacingStripes(
      pieces.enumerated().map { number, piece in
        RowPartition.Stripe(segments: [
          RowPartition.Segment(shard: number, rows: 0..<piece.count, firstRow: piece.first)
        ])
      })
  }
}
