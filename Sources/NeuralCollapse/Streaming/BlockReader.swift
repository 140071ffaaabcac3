import CRowKernels
import CollapseCore
import LinearAlgebra

/// One block of rows as they are stored, with the class of each row.
struct RowBlock: @unchecked Sendable {
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

  /// Leaves out the rows that are no numbers, and says which of them are.
  func leaveOutNonFinite(_ note: (Int) -> Void = { _ in }) {
    for row in 0..<count where classes[row] >= 0 && !isFinite(row) {
      classes[row] = -1
      note(row)
    }
  }
}

/// Reads the rows of one stripe block by block.
struct BlockReader: Sendable {
  let shards: [LabeledFeatures]
  let partition: RowPartition
  let index: LabelIndex
  let interruption: Interruption
  private let buffers = Pool<Buffers>()

  init(
    shards: [LabeledFeatures], partition: RowPartition, index: LabelIndex,
    interruption: Interruption
  ) {
    self.shards = shards
    self.partition = partition
    self.index = index
    self.interruption = interruption
  }

  /// What is read at once.
  private final class Buffers: @unchecked Sendable {
    let classes: UnsafeMutablePointer<Int32>
    var labels: [Int64]
    let rows: AlignedBuffer

    init(rowCount: Int, byteCount: Int) {
      classes = .allocate(capacity: rowCount)
      classes.initialize(repeating: -1, count: rowCount)
      labels = Array(repeating: 0, count: rowCount)
      rows = AlignedBuffer(byteCount: byteCount)
    }

    deinit { classes.deallocate() }
  }

  /// Hands over the blocks of a stripe one after another.
  func forEachBlock(
    of stripe: RowPartition.Stripe, _ body: (RowBlock) throws -> Void
  ) throws {
    for segment in stripe.segments {
      let buffers = takeBuffers()
      defer { self.buffers.giveBack(buffers) }
      for start in Swift.stride(
        from: segment.rows.lowerBound, to: segment.rows.upperBound, by: partition.readRows)
      {
        try interruption.check()
        let range = start..<min(start + partition.readRows, segment.rows.upperBound)
        let whole = try read(range, of: segment, into: buffers)
        for first in Swift.stride(from: 0, to: range.count, by: partition.blockRows) {
          try body(
            RowBlock(
              firstRow: whole.firstRow + first,
              count: min(partition.blockRows, range.count - first), columns: whole.columns,
              isDouble: whole.isDouble,
              rows: whole.rows + first * whole.columns * (whole.isDouble ? 8 : 4),
              classes: whole.classes + first))
        }
      }
    }
  }

  /// Hands over the blocks of a stripe some at a time: each first to `measure`, several at once, with
  /// its place among them; then all together to `add`.
  func forEachGroup(
    of stripe: RowPartition.Stripe, threads: Int,
    measure: @Sendable (RowBlock, _ place: Int) throws -> Void,
    add: (_ blocks: [RowBlock]) throws -> Void
  ) throws {
    let size = BlockReader.groupSize(threads: threads)
    let pieces = stripe.segments.flatMap { segment in
      Swift.stride(
        from: segment.rows.lowerBound, to: segment.rows.upperBound, by: partition.blockRows
      ).map { start in
        (segment, start..<min(start + partition.blockRows, segment.rows.upperBound))
      }
    }
    let buffers = (0..<min(size, pieces.count)).map { _ in takeBuffers() }
    defer { for buffer in buffers { self.buffers.giveBack(buffer) } }
    for first in Swift.stride(from: 0, to: pieces.count, by: size) {
      let blocks = try Parallel.map(min(size, pieces.count - first), threads: threads) { place in
        try interruption.check()
        let (segment, range) = pieces[first + place]
        let block = try read(range, of: segment, into: buffers[place])
        try measure(block, place)
        return block
      }
      try add(blocks)
    }
  }

  /// How many blocks are handed over together.
  static func groupSize(threads: Int) -> Int { threads == 1 ? 1 : 2 * threads }

  private func takeBuffers() -> Buffers {
    buffers.take {
      let width = shards.map { shard in
        shard.features.columnCount * (shard.features.precision == .float64 ? 8 : 4)
      }.max()!
      return Buffers(rowCount: partition.readRows, byteCount: partition.readRows * width)
    }
  }

  private func read(
    _ range: Range<Int>, of segment: RowPartition.Segment, into buffers: Buffers
  ) throws -> RowBlock {
    let features = shards[segment.shard].features
    let columns = features.columnCount
    let isDouble = features.precision == .float64
    let rows = buffers.rows.address
    try buffers.labels.withUnsafeMutableBufferPointer { buffer in
      try shards[segment.shard].labels.read(
        range, into: UnsafeMutableBufferPointer(rebasing: buffer[..<range.count]))
    }
    if isDouble {
      try features.read(
        range,
        into: UnsafeMutableBufferPointer(
          start: rows.assumingMemoryBound(to: Double.self), count: range.count * columns))
    } else {
      try features.read(
        range,
        into: UnsafeMutableBufferPointer(
          start: rows.assumingMemoryBound(to: Float.self), count: range.count * columns))
    }
    for offset in 0..<range.count { buffers.classes[offset] = index(buffers.labels[offset]) }
    return RowBlock(
      firstRow: segment.firstRow + range.lowerBound - segment.rows.lowerBound,
      count: range.count, columns: columns, isDouble: isDouble, rows: rows,
      classes: buffers.classes)
  }
}
