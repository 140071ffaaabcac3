import CRowKernels
import CollapseCore
import LibC
import LinearAlgebra

/// What the rows of a set of few classes are compared by: tables of C² numbers, so that every
/// comparison is with the product of the short z = h − μ_y.
struct FewClassTables: Sendable {
  /// μ_c·w_k + b_k, classes × classes, so that a logit is z·w_k plus an element of this; empty
  /// without a classifier.
  let logitOffsets: [Double]
  /// Where z·w_0 stands in a row of products.
  let logitColumn: Int
  /// b_k and 1/‖w_k‖, 0 where w_k is zero.
  let bias: [Double]
  let inverseWeightNorms: [Double]

  /// ‖a_k − μ_c‖² for the means a_k to decide by, classes × classes; infinite where class k has
  /// none.
  let decisionOffsets: [Double]
  /// s_k (m_c·V_k), classes × rank: turns the projections of z into z·m_c. `nil` when the means to
  /// decide by are among the factors, from `decisionColumn`, or do not differ.
  let decisionFactors: RowFactors?
  let decisionColumn: Int?
  /// s_k, which turn the scaled projections of z back into lengths.
  let directionScales: [Double]
  /// ¼ min_k ‖a_k − μ_c‖² per class, less a little for rounding: where the projection of z onto the
  /// directions is shorter, the row's own mean is the nearest, by the triangle inequality.
  let decisionRadii: [Double]
}

/// Logits and nearest means of the rows of a block where there are few classes.
struct FewClassDecisions {
  let plan: ScatterPlan
  let tables: FewClassTables
  /// The projections of the rows that their lengths leave undecided, and their z·m_c: as many rows
  /// of rank and of the products' doubles.
  private let undecided: AlignedBuffer
  private let meanProducts: AlignedBuffer

  init(plan: ScatterPlan, tables: FewClassTables, rows: Int) {
    (self.plan, self.tables) = (plan, tables)
    let stride = tables.decisionFactors?.productStride
    undecided = AlignedBuffer(count: stride == nil ? 0 : rows * plan.rank)
    meanProducts = AlignedBuffer(count: rows * (stride ?? 0))
  }

  func decide(_ block: RowBlock, _ rows: MeasuredRows) {
    let classes = plan.classes
    let stride = plan.factors?.productStride ?? 0
    let positions = multiplyUndecided(block, rows)
    let meanStride = tables.decisionFactors?.productStride ?? 0
    tables.logitOffsets.withUnsafeBufferPointer { logitOffsets in
      tables.decisionOffsets.withUnsafeBufferPointer { decisionOffsets in
        for row in 0..<block.count where block.classes[row] >= 0 {
          let number = Int(block.classes[row])
          let own = rows.products.base + row * stride
          let nearest: Int
          if positions.isEmpty {
            // Without directions the means coincide and the products are all zero.
            nearest = nearestMean(
              offsets: decisionOffsets.baseAddress! + number * classes,
              along: tables.decisionColumn.map { own + $0 })
          } else if positions[row] < 0 {
            nearest = number
          } else {
            nearest = nearestMean(
              offsets: decisionOffsets.baseAddress! + number * classes,
              along: meanProducts.base + positions[row] * meanStride)
          }
          rows.nearest[row] = Int32(nearest)
          if plan.hasClassifier {
            measureLogits(
              own + tables.logitColumn, offsets: logitOffsets.baseAddress! + number * classes,
              label: number, row: row, rows)
          }
        }
      }
    }
  }

  /// Multiplies the projections of the rows whose length does not decide with the means; returns
  /// where the products of each row stand, −1 for a row that is nearest to its own mean; nothing
  /// where there are no factors for that.
  private func multiplyUndecided(_ block: RowBlock, _ rows: MeasuredRows) -> [Int] {
    guard let factors = tables.decisionFactors else { return [] }
    let stride = plan.factors?.productStride ?? 0
    var positions = [Int](repeating: -1, count: block.count)
    var count = 0
    for row in 0..<block.count where block.classes[row] >= 0 {
      let own = rows.products.base + row * stride
      var reach = 0.0
      for index in 0..<plan.rank {
        let length = own[index] * tables.directionScales[index]
        reach += length * length
      }
      if reach < tables.decisionRadii[Int(block.classes[row])] { continue }
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

  private func measureLogits(
    _ products: UnsafeMutablePointer<Double>, offsets: UnsafePointer<Double>, label: Int,
    row: Int, _ rows: MeasuredRows
  ) {
    var best = 0
    var largest = -Double.infinity
    var runnerUp = -Double.infinity
    var cosineRunnerUp = -Double.infinity
    for index in 0..<plan.classes {
      let logit = products[index] + offsets[index]
      products[index] = logit
      if logit > largest { (best, largest) = (index, logit) }
      guard index != label else { continue }
      if logit > runnerUp { runnerUp = logit }
      let cosine = (logit - tables.bias[index]) * tables.inverseWeightNorms[index]
      if cosine > cosineRunnerUp { cosineRunnerUp = cosine }
    }
    let own = products[label]
    // log Σ exp(z_k − z_y) as log(1 + others), which keeps the digits of a small loss.
    var others = 0.0
    let origin = best == label ? own : largest
    for index in 0..<plan.classes where index != label {
      others += exp(products[index] - origin)
    }
    rows.decided[row] = Int32(best)
    rows.crossEntropies[row] =
      best == label ? log1p(others) : largest - own + log(others + exp(own - largest))
    rows.margins[row] = own - runnerUp
    let square = rows.squares[row].about_zero
    rows.cosineMargins[row] =
      square > 0
      ? ((own - tables.bias[label]) * tables.inverseWeightNorms[label] - cosineRunnerUp)
        / square.squareRoot() : .nan
  }
}
