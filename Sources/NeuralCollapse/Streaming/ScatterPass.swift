import CRowKernels
import CollapseCore

/// The pass that measures every row against the class means and the classifier.
struct ScatterPass {
  let reader: BlockReader
  let plan: ScatterPlan
  /// Whether rows that are no numbers have to be left out.
  let droppingNonFinite: Bool
  /// Factors √weight per class by which rows enter each triangular factor; none without the
  /// spectrum.
  let factorScales: [[Double]]
  let factorMethod: TriangularFactor.Method

  func run(threads: Int) throws -> ScatterSums {
    let total = UncheckedReference(emptySums())
    let pool = Pool<StripeScatter>()
    try reader.partition.fold(threads: threads) { stripe in
      let work = pool.take {
        StripeScatter(emptySums(), plan: plan, blockRows: reader.partition.blockRows)
      }
      work.sums.removeAll()
      try add(stripe, to: work)
      return work
    } merge: {
      try total.value.add($0.sums)
      pool.giveBack($0)
    }
    return total.value
  }

  private func emptySums() -> ScatterSums {
    ScatterSums(plan: plan, factors: factorScales.count, method: factorMethod)
  }

  private func add(_ stripe: RowPartition.Stripe, to work: StripeScatter) throws {
    let sums = work.sums
    try reader.forEachBlock(of: stripe) { block in
      if droppingNonFinite {
        for row in 0..<block.count where !block.isFinite(row) { block.classes[row] = -1 }
      }
      measureDirections(of: block, work)
      plan.factors.multiply(
        work.deviations.base, rowCount: block.count, stride: plan.stride,
        into: work.products.base)
      work.decisions.measure(block, products: work.products, into: sums)
      for (index, scales) in factorScales.enumerated() {
        try sums.factors[index].append(
          work.deviations.base, stride: plan.stride, classes: block.classes, scales: scales,
          count: block.count)
      }
    }
    for index in sums.factors.indices { try sums.factors[index].flush() }
  }

  /// Writes z = h − μ_y and adds up norms and unit vectors.
  private func measureDirections(of block: RowBlock, _ work: StripeScatter) {
    let sums = work.sums
    let stride = plan.stride
    for row in 0..<block.count where block.classes[row] < 0 {
      (work.deviations.base + row * stride).update(repeating: 0, count: stride)
    }
    for row in block.rowsByClass(work.order) {
      let number = Int(block.classes[Int(row)])
      let offset = number * stride
      let deviation = work.deviations.base + Int(row) * stride
      let mean = plan.means.base + offset
      let centredMean = plan.centredMeans.base + offset
      let squares = crowkernels_subtract_mean(
        block[Int(row)], mean, centredMean, deviation, plan.columns)
      let centred = sums.centred.direction(
        of: number, mean: centredMean, square: squares.about_global_mean,
        within: squares.within)
      let uncentred = sums.uncentred.direction(
        of: number, mean: mean, square: squares.about_zero, within: squares.within)
      let spread = crowkernels_add_directions(deviation, centred, uncentred, plan.columns)
      sums.withinSquares.base[number] += squares.within
      sums.centred.squares.base[number] += spread.centred
      sums.uncentred.squares.base[number] += spread.uncentred
    }
  }
}

/// The sums of one stripe, and what is needed to make them.
private final class StripeScatter: Sendable {
  let sums: ScatterSums
  /// z, and its products with the plan's factors.
  let deviations: AlignedBuffer
  let products: AlignedBuffer
  let decisions: DecisionKernel
  let order: RowOrder

  init(_ sums: ScatterSums, plan: ScatterPlan, blockRows: Int) {
    self.sums = sums
    deviations = AlignedBuffer(count: blockRows * plan.stride)
    products = AlignedBuffer(count: blockRows * plan.factors.productStride)
    decisions = DecisionKernel(plan: plan, rows: blockRows)
    order = RowOrder(classes: plan.classes, blockRows: blockRows)
  }
}
