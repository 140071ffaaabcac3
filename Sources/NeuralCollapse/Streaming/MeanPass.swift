import CRowKernels
import CollapseCore

/// The pass that finds the class means, and the rows that are no numbers.
struct MeanPass {
  let reader: BlockReader
  let columns: Int
  let droppingNonFinite: Bool

  /// The classes that remain and their means.
  struct Result {
    var statistics: ClassStatistics
    var dropped: Int
  }

  func run(threads: Int) throws -> Result {
    let classes = reader.index.count
    let total = MeanSums(classes: classes, stride: paddedStride(columns))
    let shared = UncheckedReference(total)
    let pool = Pool<StripeMeans>()
    try reader.partition.fold(threads: threads) { stripe in
      let sums = pool.take {
        StripeMeans(
          classes: classes, stride: paddedStride(columns), blockRows: reader.partition.blockRows)
      }
      try add(stripe, to: sums)
      return sums
    } merge: {
      shared.value.merge($0.sums)
      pool.giveBack($0)
    }
    let samples = total.counts.reduce(0, +)
    if total.nonFinite > 0 && !droppingNonFinite {
      throw AnalysisError.nonFinite(
        rows: total.firstNonFinite, count: total.nonFinite, total: samples + total.nonFinite)
    }
    guard samples > 0 else { throw AnalysisError.nothingFinite(count: total.nonFinite) }
    let means = Matrix(
      rows: classes, columns: columns,
      elements: total.means.matrix(rows: classes, columns: columns, stride: total.stride))
    let present = (0..<classes).filter { total.counts[$0] > 0 }
    return Result(
      statistics: ClassStatistics(
        labels: present.map { reader.index.labels[$0] }, counts: present.map { total.counts[$0] },
        means: means.selectingRows(present)),
      dropped: total.nonFinite)
  }

  private func add(_ stripe: RowPartition.Stripe, to work: StripeMeans) throws {
    let sums = work.sums
    let stride = sums.stride
    sums.removeAll()
    try reader.forEachBlock(of: stripe) { block in
      for row in 0..<block.count where !block.isFinite(row) {
        block.classes[row] = -1
        sums.addNonFinite(block.firstRow + row)
      }
      for row in block.rowsByClass(work.order) {
        let number = Int(block.classes[Int(row)])
        let origin = sums.means.base + number * stride
        let offset = work.offsets.base + number * stride
        if sums.counts[number] == 0 {
          crowkernels_widen(block[Int(row)], origin, columns)
          offset.update(repeating: 0, count: stride)
        } else {
          // About the stripe's first sample of the class: deviations keep the digits that sums of
          // large numbers lose, and equal samples give their mean exactly.
          crowkernels_add_difference(block[Int(row)], origin, offset, columns)
        }
        sums.counts[number] += 1
      }
    }
    for number in 0..<sums.counts.count where sums.counts[number] > 0 {
      let scale = 1 / Double(sums.counts[number])
      for column in number * stride..<(number + 1) * stride {
        sums.means.base[column] += work.offsets.base[column] * scale
      }
    }
  }
}

/// The means of one stripe, and what is needed to sum them up.
private final class StripeMeans: Sendable {
  let sums: MeanSums
  /// Sums about the first sample of each class; those of a class without samples are left over.
  let offsets: AlignedBuffer
  let order: RowOrder

  init(classes: Int, stride: Int, blockRows: Int) {
    sums = MeanSums(classes: classes, stride: stride)
    offsets = AlignedBuffer(count: sums.means.count)
    order = RowOrder(classes: classes, blockRows: blockRows)
  }
}

/// A value handed to closures that run one at a time, under a lock.
struct UncheckedReference<Value: AnyObject>: @unchecked Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }
}

/// Counts and means per class of some rows; merged by Chan's update.
final class MeanSums: @unchecked Sendable {
  let stride: Int
  var counts: [Int]
  /// classes × stride; of a class without samples, anything.
  let means: AlignedBuffer
  private(set) var nonFinite = 0
  private(set) var firstNonFinite: [Int] = []

  init(classes: Int, stride: Int) {
    self.stride = stride
    counts = Array(repeating: 0, count: classes)
    means = AlignedBuffer(count: classes * stride)
  }

  func removeAll() {
    for number in counts.indices { counts[number] = 0 }
    (nonFinite, firstNonFinite) = (0, [])
  }

  func addNonFinite(_ row: Int) {
    nonFinite += 1
    if firstNonFinite.count < 5 { firstNonFinite.append(row) }
  }

  func merge(_ other: MeanSums) {
    for number in counts.indices where other.counts[number] > 0 {
      let range = number * stride..<(number + 1) * stride
      counts[number] += other.counts[number]
      // 1 for the first samples of a class, which then are copied exactly, for the mean is 0.
      let share = Double(other.counts[number]) / Double(counts[number])
      for column in range {
        means.base[column] += (other.means.base[column] - means.base[column]) * share
      }
    }
    nonFinite += other.nonFinite
    firstNonFinite = Array((firstNonFinite + other.firstNonFinite).prefix(5))
  }
}
