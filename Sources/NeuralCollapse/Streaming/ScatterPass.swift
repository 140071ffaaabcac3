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
    let products = AlignedBuffer(count: rows * max(1, plan.factorRows))
    let decisions = DecisionKernel(plan: plan, rows: rows)
    try reader.forEachBlock(of: stripe) { block in
      if droppingNonFinite { dropNonFinite(block) }
      measureDirections(of: block, deviations: deviations, into: sums)
      BLAS.product(
        deviations.base, rows: block.count, stride: plan.stride, plan.factors.base,
        rows: plan.factorRows, stride: plan.stride, depth: plan.columns, into: products.base,
        stride: plan.factorRows)
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
    for row in 0..<block.count {
      let values = UnsafeMutableRawPointer(block.rows + row * plan.stride)
        .assumingMemoryBound(to: SIMD8<Double>.self)
      if !isFinite(values, vectors: plan.stride / 8) { block.classes[row] = -1 }
    }
  }

  /// Writes z = h − μ_y and adds up norms and unit vectors.
  private func measureDirections(
    of block: RowBlock, deviations: AlignedBuffer, into sums: ScatterSums
  ) {
    let vectors = plan.stride / 8
    for row in 0..<block.count {
      let number = Int(block.classes[row])
      let deviation = deviations.vectors(row * plan.stride)
      guard number >= 0 else {
        deviation.update(repeating: SIMD8(), count: vectors)
        continue
      }
      let offset = number * plan.stride
      let values = UnsafePointer(
        UnsafeMutableRawPointer(block.rows + row * plan.stride)
          .assumingMemoryBound(to: SIMD8<Double>.self))
      let centredMean = UnsafePointer(plan.centredMeans.vectors(offset))
      let squares = subtractMean(
        values, mean: plan.means.vectors(offset), centredMean: centredMean, into: deviation,
        vectors: vectors)
      sums.withinSquares.base[number] += squares.within
      if squares.aboutGlobalMean > 0 {
        sums.centred.counts[number] += 1
        sums.centred.squares.base[number] += addDirection(
          deviation, plus: centredMean, scale: 1 / squares.aboutGlobalMean.squareRoot(),
          origin: plan.centredOrigins.vectors(offset),
          into: sums.centred.offsets.vectors(offset), vectors: vectors)
      }
      if squares.aboutZero > 0 {
        sums.uncentred.counts[number] += 1
        sums.uncentred.squares.base[number] += addDirection(
          values, scale: 1 / squares.aboutZero.squareRoot(),
          origin: plan.origins.vectors(offset), into: sums.uncentred.offsets.vectors(offset),
          vectors: vectors)
      }
    }
  }
}

private typealias Vectors = UnsafePointer<SIMD8<Double>>

/// z ← h − μ_y; returns ‖z‖², ‖z + m_y‖² and ‖h‖².
private func subtractMean(
  _ values: Vectors, mean: Vectors, centredMean: Vectors,
  into deviation: UnsafeMutablePointer<SIMD8<Double>>, vectors: Int
) -> (within: Double, aboutGlobalMean: Double, aboutZero: Double) {
  var within = SIMD8<Double>()
  var aboutGlobalMean = SIMD8<Double>()
  var aboutZero = SIMD8<Double>()
  for index in 0..<vectors {
    let value = values[index]
    let z = value - mean[index]
    let centred = z + centredMean[index]
    deviation[index] = z
    within += z * z
    aboutGlobalMean += centred * centred
    aboutZero += value * value
  }
  return (within.sum(), aboutGlobalMean.sum(), aboutZero.sum())
}

/// Adds u − o to `sums` for u = scale·(a + b), and returns ‖u − o‖².
private func addDirection(
  _ a: Vectors, plus b: Vectors, scale: Double, origin: Vectors,
  into sums: UnsafeMutablePointer<SIMD8<Double>>, vectors: Int
) -> Double {
  var squares = SIMD8<Double>()
  for index in 0..<vectors {
    let offset = (a[index] + b[index]) * scale - origin[index]
    sums[index] += offset
    squares += offset * offset
  }
  return squares.sum()
}

/// Adds u − o to `sums` for u = scale·a, and returns ‖u − o‖².
private func addDirection(
  _ a: Vectors, scale: Double, origin: Vectors,
  into sums: UnsafeMutablePointer<SIMD8<Double>>, vectors: Int
) -> Double {
  var squares = SIMD8<Double>()
  for index in 0..<vectors {
    let offset = a[index] * scale - origin[index]
    sums[index] += offset
    squares += offset * offset
  }
  return squares.sum()
}
