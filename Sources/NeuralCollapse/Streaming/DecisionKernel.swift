import LibC

/// Projections, logits and nearest means of the rows of a block, from the products of z with the
/// plan's factors.
struct DecisionKernel {
  let plan: ScatterPlan
  /// The projections of the rows that their lengths leave undecided, and their z·m_c: as many rows
  /// of rank and of the products' doubles.
  private let undecided: AlignedBuffer
  private let meanProducts: AlignedBuffer

  init(plan: ScatterPlan, rows: Int) {
    self.plan = plan
    let stride = plan.decisionFactors?.productStride
    undecided = AlignedBuffer(count: stride == nil ? 0 : rows * plan.rank)
    meanProducts = AlignedBuffer(count: rows * (stride ?? 0))
  }

  func measure(_ block: RowBlock, products: AlignedBuffer, into sums: ScatterSums) {
    let classes = plan.classes
    let positions = multiplyUndecided(block, products)
    let meanStride = plan.decisionFactors?.productStride ?? 0
    // Out of the object while rows are added: each access to it costs a check.
    var loss = LossSums()
    swap(&loss, &sums.loss)
    var (correct, nearestMeanCorrect) = ([Int](), [Int]())
    swap(&correct, &sums.correct)
    swap(&nearestMeanCorrect, &sums.nearestMeanCorrect)
    defer {
      swap(&loss, &sums.loss)
      swap(&correct, &sums.correct)
      swap(&nearestMeanCorrect, &sums.nearestMeanCorrect)
    }
    plan.logitOffsets.withUnsafeBufferPointer { logitOffsets in
      plan.decisionOffsets.withUnsafeBufferPointer { decisionOffsets in
        for row in 0..<block.count where block.classes[row] >= 0 {
          let number = Int(block.classes[row])
          let own = products.base + row * plan.factors.productStride
          var projected = 0.0
          for index in 0..<plan.rank { projected += own[index] * own[index] }
          sums.projectedSquares.base[number] += projected

          let nearest: Int
          if positions.isEmpty {
            // Without directions the means coincide and the products are all zero.
            nearest = nearestMean(
              offsets: decisionOffsets.baseAddress! + number * classes,
              along: plan.factors.count > plan.decisionColumn ? own + plan.decisionColumn : nil)
          } else if positions[row] < 0 {
            nearest = number
          } else {
            nearest = nearestMean(
              offsets: decisionOffsets.baseAddress! + number * classes,
              along: meanProducts.base + positions[row] * meanStride)
          }
          if nearest == number { nearestMeanCorrect[number] += 1 }
          if plan.hasClassifier {
            let decided = measureLogits(
              own + plan.logitColumn, offsets: logitOffsets.baseAddress! + number * classes,
              label: number, into: &loss)
            if decided == number { correct[number] += 1 }
            if decided != nearest { sums.mismatches += 1 }
          }
        }
      }
    }
  }

  /// Multiplies the projections of the rows whose length does not decide with the means; returns
  /// where the products of each row stand, −1 for a row that is nearest to its own mean; nothing
  /// where the plan has no factors for that.
  private func multiplyUndecided(_ block: RowBlock, _ products: AlignedBuffer) -> [Int] {
    guard let factors = plan.decisionFactors else { return [] }
    var positions = [Int](repeating: -1, count: block.count)
    var count = 0
    for row in 0..<block.count where block.classes[row] >= 0 {
      let own = products.base + row * plan.factors.productStride
      var reach = 0.0
      for index in 0..<plan.rank {
        let length = own[index] * plan.directionScales[index]
        reach += length * length
      }
      if reach < plan.decisionRadii[Int(block.classes[row])] { continue }
      (undecided.base + count * plan.rank).update(from: own, count: plan.rank)
      positions[row] = count
      count += 1
    }
    factors.multiply(
      undecided.base, rowCount: count, stride: plan.rank, into: meanProducts.base)
    return positions
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
