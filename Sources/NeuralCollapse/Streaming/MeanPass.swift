import CRowKernels
import Tensors

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
    try reader.partition.fold(threads: threads) { stripe in
      try sums(of: stripe)
    } merge: {
      shared.value.merge($0)
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

  private func sums(of stripe: RowPartition.Stripe) throws -> MeanSums {
    let sums = MeanSums(classes: reader.index.count, stride: paddedStride(columns))
    let offsets = AlignedBuffer(count: sums.means.count)
    try reader.forEachBlock(of: stripe) { block in
      for row in 0..<block.count {
        let number = Int(block.classes[row])
        let values = UnsafePointer(block.rows + row * sums.stride)
        guard crowkernels_is_finite(values, sums.stride) else {
          sums.addNonFinite(block.firstRow + row)
          continue
        }
        let origin = sums.means.base + number * sums.stride
        if sums.counts[number] == 0 {
          origin.update(from: values, count: sums.stride)
        } else {
          // About the stripe's first sample of the class: deviations keep the digits that sums of
          // large numbers lose, and equal samples give their mean exactly.
          crowkernels_add_difference(
            values, origin, offsets.base + number * sums.stride, sums.stride)
        }
        sums.counts[number] += 1
      }
    }
    for number in 0..<sums.counts.count where sums.counts[number] > 0 {
      let scale = 1 / Double(sums.counts[number])
      for column in number * sums.stride..<(number + 1) * sums.stride {
        sums.means.base[column] += offsets.base[column] * scale
      }
    }
    return sums
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
  /// classes × stride.
  let means: AlignedBuffer
  private(set) var nonFinite = 0
  private(set) var firstNonFinite: [Int] = []

  init(classes: Int, stride: Int) {
    self.stride = stride
    counts = Array(repeating: 0, count: classes)
    means = AlignedBuffer(count: classes * stride)
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
