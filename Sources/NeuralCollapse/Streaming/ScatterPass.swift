import CRowKernels
import CollapseCore
import LinearAlgebra

/// The pass that measures every row against the class means and the classifier.
struct ScatterPass: RowPass {
  let plan: ScatterPlan
  let blockRows: Int
  /// Whether rows that are no numbers have to be left out.
  let droppingNonFinite: Bool
  /// Factors √weight per class by which rows enter each triangular factor; none without the
  /// spectrum.
  let factorScales: [[Double]]
  let factorMethod: TriangularFactor.Method
  let spare = Pool<ScatterSums>()
  private let measuring = Pool<MeasuredRows>()

  init(
    plan: ScatterPlan, blockRows: Int, droppingNonFinite: Bool, spectrum: SpectrumPlan?
  ) {
    self.plan = plan
    self.blockRows = blockRows
    self.droppingNonFinite = droppingNonFinite
    factorScales = spectrum?.scales ?? []
    factorMethod = spectrum?.method ?? .gram
  }

  func emptySums() throws -> ScatterSums {
    try ScatterSums(plan: plan, factors: factorScales.count, method: factorMethod)
  }

  func add(
    _ stripe: RowPartition.Stripe, of reader: BlockReader, to sums: ScatterSums, threads: Int
  ) throws {
    let size = reader.partition.sharesStripes ? BlockReader.groupSize(threads: threads) : 1
    let places = try (0..<size).map { _ in
      try measuring.take { try MeasuredRows(plan: plan, rows: blockRows) }
    }
    defer { for rows in places { measuring.giveBack(rows) } }
    guard reader.partition.sharesStripes else {
      let order = RowOrder(classes: plan.classes, blockRows: blockRows)
      return try reader.forEachBlock(of: stripe) { block in
        measure(block, places[0])
        sums.add((places[0], order), classes: 0..<plan.classes)
        try addRest(of: places[0], to: sums)
      }
    }

    let ranges = RowPartition.classRanges(plan.classes, threads: threads)
    let orders = ranges.map { _ in RowOrder(classes: plan.classes, blockRows: blockRows) }
    let parts = sums.scatter?.partCount ?? 0
    try reader.forEachGroup(of: stripe, threads: threads) { block, place in
      measure(block, places[place])
    } add: { blocks in
      // Sums that share nothing, each of its blocks in their order. The parts of the scatter matrix are
      // the largest pieces, the last the very largest.
      try Parallel.forEach(parts + 1 + ranges.count, threads: threads) { part in
        try reader.interruption.check()
        if part < parts {
          for (place, (rows, block)) in zip(places, blocks).enumerated() {
            sums.scatter?.add(
              rows.scaledDeviations.base, count: block.count, stride: plan.stride, place: place,
              part: parts - 1 - part)
          }
        } else if part == parts {
          for (rows, _) in zip(places, blocks) { try addRest(of: rows, to: sums) }
        } else {
          let index = part - parts - 1
          for (rows, _) in zip(places, blocks) {
            sums.add((rows, orders[index]), classes: ranges[index])
          }
        }
      }
      sums.scatter?.blocksWereAdded(blocks.count)
    }
  }

  func finishStripe(_ sums: ScatterSums) throws {
    sums.scatter?.settle()
    for factor in sums.factors { try factor.flush() }
  }

  private func measure(_ block: RowBlock, _ rows: MeasuredRows) {
    if droppingNonFinite { block.leaveOutNonFinite() }
    rows.measure(block)
  }

  /// Adds what is not summed up by class.
  private func addRest(of rows: MeasuredRows, to sums: ScatterSums) throws {
    sums.addDecisions(rows)
    guard let block = rows.block else { return }
    for (index, scales) in factorScales.enumerated() {
      try sums.factors[index].append(
        rows.deviations.base, stride: plan.stride, classes: block.classes, scales: scales,
        count: block.count)
    }
  }
}
