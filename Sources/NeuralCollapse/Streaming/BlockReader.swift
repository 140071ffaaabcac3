import CRowKernels
import Tensors

/// One block of rows, widened to doubles, with the class of each row.
struct RowBlock {
  /// The row of the whole set with which the block begins.
  let firstRow: Int
  let count: Int
  /// `count` rows of `stride` doubles, zero beyond d.
  let rows: UnsafeMutablePointer<Double>
  /// The class of each row, or −1 where the row is left out.
  let classes: UnsafeMutablePointer<Int32>
}

/// Reads the rows of one stripe block by block, into buffers of its own.
struct BlockReader {
  let shards: [LabeledFeatures]
  let partition: RowPartition
  let index: LabelIndex

  func forEachBlock(
    of stripe: RowPartition.Stripe, _ body: (RowBlock) throws -> Void
  ) throws {
    let features = shards[stripe.shard].features
    let columns = features.columnCount
    let stride = paddedStride(columns)
    let rows = AlignedBuffer(count: partition.blockRows * stride)
    var classes = [Int32](repeating: -1, count: partition.readRows)
    var labels = [Int64](repeating: 0, count: partition.readRows)
    let wide = features.precision == .float64
    let raw = AlignedBuffer(count: (partition.readRows * columns + 1) / (wide ? 1 : 2))

    for start in Swift.stride(
      from: stripe.rows.lowerBound, to: stripe.rows.upperBound, by: partition.readRows)
    {
      let range = start..<min(start + partition.readRows, stripe.rows.upperBound)
      try labels.withUnsafeMutableBufferPointer { buffer in
        try shards[stripe.shard].labels.read(
          range, into: UnsafeMutableBufferPointer(rebasing: buffer[..<range.count]))
      }
      for offset in 0..<range.count { classes[offset] = index(labels[offset]) }
      if wide {
        try features.read(
          range, into: UnsafeMutableBufferPointer(start: raw.base, count: range.count * columns))
      } else {
        try UnsafeMutableRawPointer(raw.base).withMemoryRebound(
          to: Float.self, capacity: range.count * columns
        ) {
          try features.read(
            range, into: UnsafeMutableBufferPointer(start: $0, count: range.count * columns))
        }
      }
      try classes.withUnsafeMutableBufferPointer { classes in
        for block in Swift.stride(from: 0, to: range.count, by: partition.blockRows) {
          let count = min(partition.blockRows, range.count - block)
          for row in 0..<count {
            let target = rows.base + row * stride
            if wide {
              target.update(from: raw.base + (block + row) * columns, count: columns)
            } else {
              let floats = UnsafeMutableRawPointer(raw.base).assumingMemoryBound(to: Float.self)
              crowkernels_widen(floats + (block + row) * columns, target, columns)
            }
          }
          try body(
            RowBlock(
              firstRow: stripe.firstRow + start - stripe.rows.lowerBound + block, count: count,
              rows: rows.base, classes: classes.baseAddress! + block))
        }
      }
    }
  }
}
