import CRowKernels
import CollapseCore
import LibC
import LinearAlgebra

/// Logits and nearest means of the rows of a block where there are many classes: products with tiles
/// of the classes, of which only the leading classes and a sum remain.
///
/// In float32 the leading classes are computed again in float64, and so is the whole row where any
/// other class could be among them by the bound on rounding: the decisions are those of float64.
struct ManyClassDecisions {
  private static let tile = 512

  let plan: ScatterPlan
  let vectors: ManyClassVectors
  private let products: Products
  /// h − μ_G in both precisions, and its length.
  private let wide: AlignedBuffer
  private let narrow: AlignedBuffer
  private let norms: AlignedBuffer
  /// Rows that go through once more, side by side.
  private let gathered: AlignedBuffer
  private let tileProducts: AlignedBuffer
  private let scratch = AlignedBuffer(count: ManyClassDecisions.tile)
  private let scans: Scans

  /// What is known of each row after some tiles: of its logits, of its cosines with the rows of W.
  private final class Scans {
    let logits: UnsafeMutablePointer<crowkernels_scan>
    let cosines: UnsafeMutablePointer<crowkernels_scan>

    init(_ rows: Int) {
      logits = .allocate(capacity: rows)
      cosines = .allocate(capacity: rows)
    }

    deinit {
      logits.deallocate()
      cosines.deallocate()
    }
  }

  init(plan: ScatterPlan, vectors: ManyClassVectors, rows: Int) throws {
    (self.plan, self.vectors) = (plan, vectors)
    products = try Products()
    wide = AlignedBuffer(count: rows * plan.stride)
    narrow = AlignedBuffer(byteCount: rows * plan.stride * MemoryLayout<Float>.stride)
    norms = AlignedBuffer(count: rows)
    gathered = AlignedBuffer(count: rows * plan.stride)
    tileProducts = AlignedBuffer(count: rows * ManyClassDecisions.tile)
    scans = Scans(rows)
  }

  func decide(_ block: RowBlock, _ rows: MeasuredRows) {
    let stride = plan.stride
    let present = (0..<block.count).filter { block.classes[$0] >= 0 }
    for row in present {
      norms.base[row] =
        crowkernels_recentre(
          rows.deviations.base + row * stride,
          plan.centredMeans.base + Int(block.classes[row]) * stride, wide.base + row * stride,
          narrow.floats.baseAddress! + row * stride, stride
        ).squareRoot()
    }
    var doubtful: Set<Int> = []
    if let weights = vectors.weights {
      doubtful = Set(
        decideLogits(present, block, rows, weights, isNarrow: vectors.isNarrow))
      if !doubtful.isEmpty {
        _ = decideLogits(doubtful.sorted(), block, rows, weights, isNarrow: false)
      }
    }
    let undecided = present.filter { row in
      rows.nearest[row] = block.classes[row]
      return reach(of: row, rows) >= vectors.radii[Int(block.classes[row])]
    }
    let open = decideMeans(undecided, rows, isNarrow: vectors.isNarrow)
    if !open.isEmpty { _ = decideMeans(open, rows, isNarrow: false) }
    rows.rechecked = doubtful.union(open).count
  }

  /// The squared length of z in the span of the class means, or of all of it.
  private func reach(of row: Int, _ rows: MeasuredRows) -> Double {
    guard plan.projects, let factors = plan.factors else { return rows.squares[row].within }
    let own = rows.products.base + row * factors.productStride
    var reach = 0.0
    for index in 0..<plan.rank {
      let length = own[index] * plan.directionScales[index]
      reach += length * length
    }
    return reach
  }

  /// By how much a product of these lengths can be wrong.
  private func rounding(_ row: Int, _ largestNorm: Double, isNarrow: Bool) -> Double {
    Double(plan.columns + 16) * (isNarrow ? 0x1p-24 : 0x1p-53) * norms.base[row] * largestNorm
  }

  /// Multiplies rows with all vectors of a side; hands over the products of each with each tile.
  private func forEachTile(
    _ list: [Int], _ side: ManyClassVectors.Side, isNarrow: Bool,
    _ body: (_ position: Int, _ products: crowkernels_row, _ classes: Range<Int>) -> Void
  ) {
    let stride = plan.stride
    // Rows that lie side by side already are not copied.
    let areWhole = list.last == list.count - 1
    let size = isNarrow ? 4 : 8
    let source = isNarrow ? narrow.address : wide.address
    if !areWhole {
      for (position, row) in list.enumerated() {
        (gathered.address + position * stride * size).copyMemory(
          from: source + row * stride * size, byteCount: stride * size)
      }
    }
    let left = areWhole ? source : gathered.address
    let target = tileProducts.address
    for first in Swift.stride(from: 0, to: plan.classes, by: ManyClassDecisions.tile) {
      // Whoever waits for an end does not ask what these rows are.
      if plan.interruption.isRequested { return }
      let count = min(ManyClassDecisions.tile, plan.classes - first)
      if isNarrow, let right = side.narrow {
        products.multiply(
          left.assumingMemoryBound(to: Float.self), rows: list.count, stride: stride,
          UnsafePointer(right.floats.baseAddress! + first * stride), rows: count, stride: stride,
          depth: plan.columns, into: target.assumingMemoryBound(to: Float.self),
          stride: ManyClassDecisions.tile)
      } else {
        side.wide.withVector(first) { right in
          products.multiply(
            left.assumingMemoryBound(to: Double.self), rows: list.count, stride: stride,
            right, rows: count, stride: side.wide.stride, depth: plan.columns,
            into: target.assumingMemoryBound(to: Double.self), stride: ManyClassDecisions.tile)
        }
      }
      for position in list.indices {
        body(
          position,
          crowkernels_row(
            values: target + position * ManyClassDecisions.tile * size, is_double: !isNarrow),
          first..<first + count)
      }
    }
  }

  /// Decides by logits; returns the rows that rounding leaves in doubt.
  private func decideLogits(
    _ list: [Int], _ block: RowBlock, _ rows: MeasuredRows, _ weights: ManyClassVectors.Side,
    isNarrow: Bool
  ) -> [Int] {
    for position in list.indices {
      crowkernels_scan_begin(scans.logits + position)
      crowkernels_scan_begin(scans.cosines + position)
    }
    forEachTile(list, weights, isNarrow: isNarrow) { position, products, classes in
      let own = Int(block.classes[list[position]])
      crowkernels_scan_products(
        products, weights.offsets, nil, classes.lowerBound, classes.count, own, true,
        scratch.base, scans.logits + position)
      crowkernels_scan_products(
        products, vectors.centreLogits, vectors.inverseWeightNorms, classes.lowerBound,
        classes.count, own, false, scratch.base, scans.cosines + position)
    }
    return list.indices.compactMap { position in
      measure(
        list[position], label: Int(block.classes[list[position]]), scans.logits[position],
        scans.cosines[position], rows, weights, isNarrow: isNarrow) ? nil : list[position]
    }
  }

  /// Records what the logits say of a row; whether they leave no doubt.
  private func measure(
    _ row: Int, label: Int, _ logits: crowkernels_scan, _ cosines: crowkernels_scan,
    _ rows: MeasuredRows, _ weights: ManyClassVectors.Side, isNarrow: Bool
  ) -> Bool {
    let own = wide.base + row * plan.stride
    // A class that leads by its logit most often leads by its cosine too.
    var known: [(class: Int, product: Double)] = []
    func product(_ number: Int) -> Double {
      if let found = known.first(where: { $0.class == number }) { return found.product }
      let product = weights.wide.withVector(number) { crowkernels_dot(own, $0, plan.columns) }
      known.append((number, product))
      return product
    }
    let ownProduct = product(label)
    let ownLogit = ownProduct + weights.offsets[label]
    let logitRounding = rounding(row, weights.largestNorm, isNarrow: isNarrow)
    // Those that count for less than all that do not lead are as good as these.
    var leading = Leading(
      logits, within: logitRounding, others: logits.reference + log(logits.sum)
    ) { product($0) + weights.offsets[$0] }
    let cosineRounding = rounding(row, 1, isNarrow: isNarrow)
    let cosine = Leading(cosines, within: cosineRounding) {
      (product($0) + vectors.centreLogits[$0]) * vectors.inverseWeightNorms[$0]
    }
    let isCertain =
      leading.isCertain(within: logitRounding)
      && cosine.isCertain(within: cosineRounding)
    let (best, largest) = leading.removeLargest()
    let isOwn = ownLogit > largest || (ownLogit == largest && label < best)
    let origin = isOwn ? ownLogit : largest
    var others = leading.values.reduce(exp(largest - origin)) { $0 + exp($1 - origin) }
    if logits.reference > -.infinity { others += logits.sum * exp(logits.reference - origin) }
    rows.decided[row] = Int32(isOwn ? label : best)
    rows.crossEntropies[row] =
      isOwn ? log1p(others) : largest - ownLogit + log(others + exp(ownLogit - largest))
    rows.margins[row] = ownLogit - largest
    let square = rows.squares[row].about_zero
    let ownCosine =
      (ownProduct + vectors.centreLogits[label]) * vectors.inverseWeightNorms[label]
    // None leads where the pass was interrupted; the numbers are for nobody then.
    rows.cosineMargins[row] =
      square > 0 ? (ownCosine - (cosine.values.max() ?? -.infinity)) / square.squareRoot() : .nan
    return isCertain || !isNarrow
  }

  /// Decides by the nearest mean; returns the rows that rounding leaves in doubt.
  private func decideMeans(_ list: [Int], _ rows: MeasuredRows, isNarrow: Bool) -> [Int] {
    guard !list.isEmpty else { return [] }
    for position in list.indices { crowkernels_scan_begin(scans.logits + position) }
    forEachTile(list, vectors.means, isNarrow: isNarrow) { position, products, classes in
      crowkernels_scan_products(
        products, vectors.means.offsets, nil, classes.lowerBound, classes.count, -1, false,
        scratch.base, scans.logits + position)
    }
    return list.indices.compactMap { position in
      let row = list[position]
      let own = wide.base + row * plan.stride
      // ½(‖h‖² − ‖h − a‖²) = h·a − ½‖a‖².
      let square = norms.base[row] * norms.base[row]
      let rounding = rounding(row, vectors.means.largestNorm, isNarrow: isNarrow)
      let leading = Leading(scans.logits[position], within: rounding) { number in
        (square
          - vectors.means.wide.withVector(number) {
            crowkernels_squared_distance(own, $0, plan.columns)
          }) / 2
      }
      var copy = leading
      rows.nearest[row] = Int32(copy.removeLargest().class)
      return leading.isCertain(within: rounding) || !isNarrow ? nil : row
    }
  }
}

/// The leading classes of a row with their values: exact ones of those that can be the largest, or that
/// count for more in the sum of exponentials than all that do not lead.
private struct Leading {
  private var classes: [Int] = []
  private(set) var values: [Double] = []
  /// What no other class exceeds but by rounding.
  private let rest: Double

  /// - Parameters:
  ///   - rounding: by how much a value of the scan can be wrong.
  ///   - others: above which value a class counts although it cannot be the largest, and below which it
  ///     is kept as the scan has it; `nil` where only the largest is wanted, and those are left out.
  ///   - value: the exact value of a class.
  init(
    _ scan: crowkernels_scan, within rounding: Double, others: Double? = nil,
    _ value: (Int) -> Double
  ) {
    let count = Int(CROWKERNELS_LEADERS)
    let found = withUnsafeBytes(of: scan.values) { Array($0.bindMemory(to: Double.self)) }
    let numbers = withUnsafeBytes(of: scan.classes) { Array($0.bindMemory(to: Int32.self)) }
    rest = numbers[count - 1] < 0 ? -.infinity : found[count - 1]
    for place in 0..<count where numbers[place] >= 0 {
      if found[place] >= found[0] - 4 * rounding || others.map({ found[place] > $0 }) == true {
        values.append(value(Int(numbers[place])))
      } else if others != nil {
        values.append(found[place])
      } else {
        continue
      }
      classes.append(Int(numbers[place]))
    }
  }

  /// Whether the largest value stands whatever the values of the other classes are exactly.
  func isCertain(within rounding: Double) -> Bool {
    guard let largest = values.max() else { return true }
    return largest > rest + rounding
  }

  /// The largest, of equal ones that of the first class; −1 where there is none.
  mutating func removeLargest() -> (class: Int, value: Double) {
    guard
      let best = values.indices.max(by: {
        (values[$0], -classes[$0]) < (values[$1], -classes[$1])
      })
    else { return (-1, -.infinity) }
    return (classes.remove(at: best), values.remove(at: best))
  }
}
