#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Projections, logits and nearest means of the rows of a block, from the products of z with the
/// plan's factors.
struct DecisionKernel {
  let plan: ScatterPlan
  /// z·m_c, rows × classes, where it comes from the projections.
  private let meanProducts: AlignedBuffer
  private let exponentials: AlignedBuffer

  init(plan: ScatterPlan, rows: Int) {
    self.plan = plan
    meanProducts = AlignedBuffer(count: plan.decisionFactors.isEmpty ? 0 : rows * plan.classes)
    exponentials = AlignedBuffer(count: plan.classes)
  }

  func measure(_ block: RowBlock, products: AlignedBuffer, into sums: ScatterSums) {
    let classes = plan.classes
    if !plan.decisionFactors.isEmpty {
      plan.decisionFactors.withUnsafeBufferPointer { factors in
        BLAS.product(
          products.base, rows: block.count, stride: plan.factorRows, factors.baseAddress!,
          rows: classes, stride: plan.rank, depth: plan.rank, into: meanProducts.base,
          stride: classes)
      }
    }
    plan.logitOffsets.withUnsafeBufferPointer { logitOffsets in
      plan.decisionOffsets.withUnsafeBufferPointer { decisionOffsets in
        for row in 0..<block.count where block.classes[row] >= 0 {
          let number = Int(block.classes[row])
          let own = products.base + row * plan.factorRows
          var projected = 0.0
          for index in 0..<plan.rank { projected += own[index] * own[index] }
          sums.projectedSquares.base[number] += projected

          // Without directions the means coincide and the products are all zero.
          let along: UnsafeMutablePointer<Double>? =
            if !plan.decisionFactors.isEmpty {
              meanProducts.base + row * classes
            } else if plan.factorRows > plan.decisionColumn {
              own + plan.decisionColumn
            } else {
              nil
            }
          let nearest = nearestMean(
            offsets: decisionOffsets.baseAddress! + number * classes, along: along)
          if nearest == number { sums.nearestMeanCorrect[number] += 1 }
          if plan.hasClassifier {
            let decided = measureLogits(
              own + plan.logitColumn, offsets: logitOffsets.baseAddress! + number * classes,
              label: number, into: &sums.loss)
            if decided == number { sums.correct[number] += 1 }
            if decided != nearest { sums.mismatches += 1 }
          }
        }
      }
    }
  }

  /// The class k of least ‖a_k − μ_y‖² − 2 z·a_k, which is ‖h − a_k‖² but for a part that all
  /// share; −1 where no class has a mean.
  private func nearestMean(
    offsets: UnsafePointer<Double>, along: UnsafePointer<Double>?
  ) -> Int {
    var best = -1
    var least = Double.infinity
    for index in 0..<plan.classes {
      let distance = offsets[index] - 2 * (along?[index] ?? 0)
      if distance < least { (best, least) = (index, distance) }
    }
    return best
  }

  /// Adds the cross-entropy and the margin of one row and returns its arg max.
  private func measureLogits(
    _ products: UnsafeMutablePointer<Double>, offsets: UnsafePointer<Double>, label: Int,
    into loss: inout LossSums
  ) -> Int {
    var best = 0
    var largest = -Double.infinity
    var runnerUp = -Double.infinity
    for index in 0..<plan.classes {
      let logit = products[index] + offsets[index]
      products[index] = logit
      if logit > largest { (best, largest) = (index, logit) }
      if index != label && logit > runnerUp { runnerUp = logit }
    }
    let own = products[label]
    // log Σ exp(z_k − z_y) as log(1 + others), which keeps the digits of a small loss.
    var others = 0.0
    let origin = best == label ? own : largest
    for index in 0..<plan.classes where index != label {
      others += exp(products[index] - origin)
    }
    loss.crossEntropySum +=
      best == label ? log1p(others) : largest - own + log(others + exp(own - largest))
    if plan.classes > 1 {
      let margin = own - runnerUp
      loss.marginSum += margin
      loss.marginMin = min(loss.marginMin, margin)
      loss.margins.insert(margin)
    }
    return best
  }
}
