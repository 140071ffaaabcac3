import CRowKernels
import CollapseCore
import LinearAlgebra

/// The pass that finds the class means, and the rows that are no numbers: the first.
struct MeanPass: RowPass {
  let index: LabelIndex
  let columns: Int
  let spare = Pool<MeanSums>()

  func emptySums() -> MeanSums { MeanSums(classes: index.count, columns: columns) }

  func add(
    _ stripe: RowPartition.Stripe, of reader: BlockReader, to sums: MeanSums, threads: Int
  ) throws {
    guard reader.partition.sharesStripes else {
      let order = RowOrder(classes: index.count, blockRows: reader.partition.blockRows)
      try reader.forEachBlock(of: stripe) { block in
        sums.leaveOut(block)
        sums.add((block, order), classes: 0..<sums.counts.count)
      }
      return
    }
    let ranges = RowPartition.classRanges(sums.counts.count, threads: threads)
    let orders = ranges.map { _ in
      RowOrder(classes: index.count, blockRows: reader.partition.blockRows)
    }
    try reader.forEachGroup(of: stripe, threads: threads) { _, _ in
    } add: { blocks in
      for block in blocks { sums.leaveOut(block) }
      try Parallel.forEach(ranges.count, threads: threads) { part in
        for block in blocks { sums.add((block, orders[part]), classes: ranges[part]) }
      }
    }
  }

  func finishStripe(_ sums: MeanSums) { sums.finishStripe() }
}

/// Counts and means per class of some rows; merged by Chan's update.
final class MeanSums: Accumulator, @unchecked Sendable {
  let columns: Int
  let stride: Int
  /// n_c of the classes.
  let counts: UnsafeMutableBufferPointer<Int>
  /// classes × stride; of a class without samples, anything.
  let means: AlignedBuffer
  private(set) var nonFinite = 0
  private(set) var firstNonFinite: [Int] = []
  private(set) var ignored = 0
  /// Sums about the first sample of each class, until the stripe is done; those of a class without
  /// samples are left over.
  private var offsets: AlignedBuffer?

  init(classes: Int, columns: Int) {
    self.columns = columns
    stride = paddedStride(columns)
    counts = .allocate(capacity: classes)
    counts.initialize(repeating: 0)
    means = AlignedBuffer(count: classes * stride)
  }

  deinit { counts.deallocate() }

  private enum CodingKeys: CodingKey {
    case columns, counts, means, nonFinite, firstNonFinite, ignored
  }

  convenience init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let counts = try container.decode([Int].self, forKey: .counts)
    let columns = try container.decode(Int.self, forKey: .columns)
    let means = try container.decode([Double].self, forKey: .means)
    // Before room is made for them.
    guard (0...1 << 24).contains(columns),
      means.count == max(counts.count * paddedStride(columns), AlignedBuffer.alignment / 8)
    else {
      throw ArrayCodingError("\(means.count) means of \(counts.count) classes × \(columns)")
    }
    self.init(classes: counts.count, columns: columns)
    for (number, count) in counts.enumerated() { self.counts[number] = count }
    self.means.assign(means)
    nonFinite = try container.decode(Int.self, forKey: .nonFinite)
    firstNonFinite = try container.decode([Int].self, forKey: .firstNonFinite)
    ignored = try container.decode(Int.self, forKey: .ignored)
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(columns, forKey: .columns)
    try container.encode(Array(counts), forKey: .counts)
    try container.encode(means.elements, forKey: .means)
    try container.encode(nonFinite, forKey: .nonFinite)
    try container.encode(firstNonFinite, forKey: .firstNonFinite)
    try container.encode(ignored, forKey: .ignored)
  }

  func removeAll() {
    for number in counts.indices { counts[number] = 0 }
    (nonFinite, firstNonFinite, ignored) = (0, [], 0)
    if offsets == nil { offsets = AlignedBuffer(count: means.count) }
  }

  /// Counts the rows of no class and those that are no numbers, which are then of no class too.
  func leaveOut(_ block: RowBlock) {
    for row in 0..<block.count where block.classes[row] < 0 { ignored += 1 }
    block.leaveOutNonFinite { row in
      nonFinite += 1
      if firstNonFinite.count < 5 { firstNonFinite.append(block.firstRow + row) }
    }
  }

  func add(_ block: (rows: RowBlock, order: RowOrder), classes: Range<Int>) {
    guard let offsets else { preconditionFailure("sums of a stripe begin with removeAll") }
    for row in block.order.sort(block.rows, classes: classes) {
      let number = Int(block.rows.classes[Int(row)])
      let origin = means.base + number * stride
      let offset = offsets.base + number * stride
      if counts[number] == 0 {
        crowkernels_widen(block.rows[Int(row)], origin, columns)
        offset.update(repeating: 0, count: stride)
      } else {
        // About the stripe's first sample of the class: deviations keep the digits that sums of
        // large numbers lose, and equal samples give their mean exactly.
        crowkernels_add_difference(block.rows[Int(row)], origin, offset, columns)
      }
      counts[number] += 1
    }
  }

  /// Turns sums about first samples into means.
  func finishStripe() {
    guard let offsets else { return }
    for number in counts.indices where counts[number] > 0 {
      let scale = 1 / Double(counts[number])
      for column in number * stride..<(number + 1) * stride {
        means.base[column] += offsets.base[column] * scale
      }
    }
    // Where there are many classes the memory is wanted for other things.
    if offsets.byteCount > MeanSums.keptSize { self.offsets = nil }
  }

  private static let keptSize = 64 << 20

  func merge(_ later: MeanSums) {
    for number in counts.indices where later.counts[number] > 0 {
      mergeMeans(
        means.base + number * stride, count: counts[number],
        with: later.means.base + number * stride, count: later.counts[number], columns: stride)
      counts[number] += later.counts[number]
    }
    nonFinite += later.nonFinite
    ignored += later.ignored
    firstNonFinite = Array((firstNonFinite + later.firstNonFinite).sorted().prefix(5))
  }
}
