import CRowKernels
import CollapseCore

/// One block of rows as they are stored, with the class of each row.
struct RowBlock {
  /// The row of the whole set with which the block begins.
  let firstRow: Int
  let count: Int
  let columns: Int
  /// Whether the rows are float64; float32 otherwise.
  let isDouble: Bool
  /// `count` rows of `columns` numbers.
  let rows: UnsafeRawPointer
  /// The class of each row, or −1 where the row is left out.
  let classes: UnsafeMutablePointer<Int32>

  /// The row of that number, for the kernels.
  subscript(row: Int) -> crowkernels_row {
    crowkernels_row(
      values: rows + row * columns * (isDouble ? 8 : 4), is_double: isDouble)
  }

  func isFinite(_ row: Int) -> Bool { crowkernels_is_finite(self[row], columns) }

  /// The rows that are not left out, those of a class next to one another and in their order: what
  /// belongs to a class then stays in the nearest cache.
  func rowsByClass(_ order: RowOrder) -> UnsafeBufferPointer<Int32> {
    order.sort(UnsafePointer(classes), count: count)
  }
}

/// Reads the rows of one stripe block by block.
struct BlockReader: Sendable {
  let shards: [LabeledFeatures]
  let partition: RowPartition
  let index: LabelIndex
  private let buffers = Pool<Buffers>()

  init(shards: [LabeledFeatures], partition: RowPartition, index: LabelIndex) {
    self.shards = shards
    self.partition = partition
    self.index = index
  }

  /// What is read at once.
  private final class Buffers: @unchecked Sendable {
    var classes: [Int32]
    var labels: [Int64]
    let rows: AlignedBuffer

    init(rowCount: Int, columns: Int) {
      classes = Array(repeating: -1, count: rowCount)
      labels = Array(repeating: 0, count: rowCount)
      rows = AlignedBuffer(count: rowCount * columns)
    }
  }

  func forEachBlock(
    of stripe: RowPartition.Stripe, _ body: (RowBlock) throws -> Void
  ) throws {
    let features = shards[stripe.shard].features
    let columns = features.columnCount
    let isDouble = features.precision == .float64
    let buffers = self.buffers.take {
      Buffers(rowCount: partition.readRows, columns: isDouble ? columns : (columns + 1) / 2)
    }
    defer { self.buffers.giveBack(buffers) }
    let rows = UnsafeMutableRawPointer(buffers.rows.base)

    for start in Swift.stride(
      from: stripe.rows.lowerBound, to: stripe.rows.upperBound, by: partition.readRows)
    {
      let range = start..<min(start + partition.readRows, stripe.rows.upperBound)
      try buffers.labels.withUnsafeMutableBufferPointer { buffer in
        try shards[stripe.shard].labels.read(
          range, into: UnsafeMutableBufferPointer(rebasing: buffer[..<range.count]))
      }
      if isDouble {
        try features.read(
          range,
          into: UnsafeMutableBufferPointer(
            start: rows.assumingMemoryBound(to: Double.self), count: range.count * columns))
      } else {
        try rows.withMemoryRebound(to: Float.self, capacity: range.count * columns) {
          try features.read(
            range, into: UnsafeMutableBufferPointer(start: $0, count: range.count * columns))
        }
      }
      try buffers.classes.withUnsafeMutableBufferPointer { classes in
        for offset in 0..<range.count { classes[offset] = index(buffers.labels[offset]) }
        for block in Swift.stride(from: 0, to: range.count, by: partition.blockRows) {
          try body(
            RowBlock(
              firstRow: stripe.firstRow + start - stripe.rows.lowerBound + block,
              count: min(partition.blockRows, range.count - block), columns: columns,
              isDouble: isDouble, rows: rows + block * columns * (isDouble ? 8 : 4),
              classes: classes.baseAddress! + block))
        }
      }
    }
  }
}
