import CRowKernels
import Tensors

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
    let total = UncheckedReference(
      ScatterSums(plan: plan, factors: factorScales.count, method: factorMethod))
    BLAS.useOneThread()
    try reader.partition.fold(threads: threads) { stripe in
      try sums(of: stripe)
    } merge: {
      try total.value.add($0)
    }
    return total.value
  }

  private func sums(of stripe: RowPartition.Stripe) throws -> ScatterSums {
    let sums = ScatterSums(plan: plan, factors: factorScales.count, method: factorMethod)
    let rows = reader.partition.blockRows
    let deviations = AlignedBuffer(count: rows * plan.stride)
    let products = AlignedBuffer(count: rows * plan.factors.productStride)
    let decisions = DecisionKernel(plan: plan, rows: rows)
    try reader.forEachBlock(of: stripe) { block in
      if droppingNonFinite { dropNonFinite(block) }
      measureDirections(of: block, deviations: deviations, into: sums)
      plan.factors.multiply(
        deviations.base, rowCount: block.count, stride: plan.stride, into: products.base)
      decisions.measure(block, products: products, into: sums)
      for (index, scales) in factorScales.enumerated() {
        try sums.factors[index].append(
          deviations.base, stride: plan.stride, classes: block.classes, scales: scales,
          count: block.count)
      }
    }
    for index in sums.factors.indices { try sums.factors[index].flush() }
    return sums
  }

  private func dropNonFinite(_ block: RowBlock) {
    for row in 0..<block.count
    where !crowkernels_is_finite(block.rows + row * plan.stride, plan.stride) {
      block.classes[row] = -1
    }
  }

  /// Writes z = h − μ_y and adds up norms and unit vectors.
  private func measureDirections(
    of block: RowBlock, deviations: AlignedBuffer, into sums: ScatterSums
  ) {
    let stride = plan.stride
    for row in 0..<block.count {
      let number = Int(block.classes[row])
      let deviation = deviations.base + row * stride
      guard number >= 0 else {
        deviation.update(repeating: 0, count: stride)
        continue
      }
      let offset = number * stride
      let values = block.rows + row * stride
      let centredMean = plan.centredMeans.base + offset
      let squares = crowkernels_subtract_mean(
        values, plan.means.base + offset, centredMean, deviation, stride)
      sums.withinSquares.base[number] += squares.within
      if squares.about_global_mean > 0 {
        sums.centred.counts[number] += 1
        sums.centred.squares.base[number] += crowkernels_add_offset_direction(
          deviation, centredMean, 1 / squares.about_global_mean.squareRoot(),
          plan.centredOrigins.base + offset, sums.centred.offsets.base + offset, stride)
      }
      if squares.about_zero > 0 {
        sums.uncentred.counts[number] += 1
        sums.uncentred.squares.base[number] += crowkernels_add_direction(
          values, 1 / squares.about_zero.squareRoot(), plan.origins.base + offset,
          sums.uncentred.offsets.base + offset, stride)
      }
    }
  }
}
