import CollapseCore
import Synchronization
import Training

/// The features of one layer, computed when they are read: rows of any number in bounded memory.
///
/// Rows come in chunks of whole batches, so each has the bits it has in a feature file. A chunk is
/// kept until another is asked for: reading row after row costs one pass through the network.
final class ExtractedRows: RowBlocks, @unchecked Sendable {
  private let extractor: any FeatureNetwork
  private let samples: any LabeledSamples
  private let layer: String
  private let pooling: FeaturePooling
  private let chunkRowCount: Int
  private let interruption: Interruption
  // Guarded by the lock, as the extractor is, which belongs to one thread at a time.
  private let lock = Mutex(())
  private var chunk: (range: Range<Int>, rows: [Float]) = (0..<0, [])

  let columnCount: Int
  var rowCount: Int { samples.count }
  var precision: RowPrecision { .float32 }

  /// - Parameter memoryLimit: bytes a chunk may take, if it can be one batch.
  init(
    _ extractor: any FeatureNetwork, _ samples: any LabeledSamples, layer: String,
    pooling: FeaturePooling, columnCount: Int, memoryLimit: Int, interruption: Interruption
  ) {
    self.extractor = extractor
    self.samples = samples
    self.layer = layer
    self.pooling = pooling
    self.columnCount = columnCount
    self.interruption = interruption
    let batch = extractor.batchSize
    let rows = memoryLimit / (columnCount * MemoryLayout<Float>.size)
    chunkRowCount = max(batch, rows / batch * batch)
  }

  func read(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) throws {
    try forEachPart(of: rows) { part, target in
      _ = UnsafeMutableBufferPointer(rebasing: buffer[target]).update(fromContentsOf: part)
    }
  }

  func read(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Double>) throws {
    try forEachPart(of: rows) { part, target in
      for (place, value) in zip(target, part) { buffer[place] = Double(value) }
    }
  }

  /// Calls `body` with the features of `rows`, a part from each chunk, and where they go.
  private func forEachPart(
    of rows: Range<Int>, _ body: (_ part: ArraySlice<Float>, _ target: Range<Int>) -> Void
  ) throws {
    try lock.withLock { _ in
      var row = rows.lowerBound
      while row < rows.upperBound {
        if !chunk.range.contains(row) { try load(chunkWith: row) }
        let part = row..<min(rows.upperBound, chunk.range.upperBound)
        let source = part.lowerBound - chunk.range.lowerBound
        let target = part.lowerBound - rows.lowerBound
        body(
          chunk.rows[source * columnCount..<(source + part.count) * columnCount],
          target * columnCount..<(target + part.count) * columnCount)
        row = part.upperBound
      }
    }
  }

  private func load(chunkWith row: Int) throws {
    let start = row / chunkRowCount * chunkRowCount
    let range = start..<min(samples.count, start + chunkRowCount)
    var rows: [Float] = []
    rows.reserveCapacity(range.count * columnCount)
    let isComplete = try extractor.extract(
      samples.selecting(Array(range)), layers: [layer], pooling: pooling,
      interruption: interruption
    ) { block in
      rows.append(contentsOf: block.layers[0].rows)
    }
    guard isComplete else { throw WorkInterrupted() }
    chunk = (range, rows)
  }
}
