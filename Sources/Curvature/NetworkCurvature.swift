public import CollapseCore
import LinearAlgebra
import Networks
import Synchronization

/// A symmetric matrix that is known by its products.
public protocol SymmetricOperator: Sendable {
  /// Rows, and columns.
  var dimension: Int { get }
  /// The product with a vector.
  func product(_ vector: [Double]) throws -> [Double]
}

/// The Hessian H = ∇²L of a network, its Gauss–Newton part G = mean_i J_iᵀA_iJ_i (A = ∂²ℓ/∂z²) and
/// the Jacobian J of its logits, by their products, in double precision and exact but for rounding:
/// forward and backward passes are derived along the direction (Pearlmutter, 1994). Of ReLU and
/// max pooling derivatives are those almost everywhere, as in every framework: the curvature that
/// their kinks have on average over data is in no product.
///
/// The penalties that are in add λ_s I to A (spectral decoupling), λ_H mean J_hᵀJ_h (feature decay)
/// and λ on decayed parameters.
///
/// The activations of the base pass are kept where memory allows, and computed anew for every
/// product elsewhere. Sums over blocks of samples are made in an order that does not depend on
/// the number of threads. One product is made at a time.
public final class NetworkCurvature: @unchecked Sendable {
  public let problem: CurvatureProblem
  /// L, with the penalties that are in.
  public private(set) var loss = 0.0
  /// ∇L.
  public private(set) var gradient: [Double] = []
  /// Whether the base pass is kept.
  public let keepsActivations: Bool

  private let interruption: Interruption
  private let products: Products
  private let values: [Double]
  private let blocks: [[Int]]
  /// The blocks with their base pass, where it is kept.
  private let kept: [SampleBlock]
  /// Stretches of blocks whose sums are made one by one, and then added up in order.
  private let lanes: [Range<Int>]
  private let sums: [AlignedBuffer]
  private let turn = Mutex(())

  /// - Throws: ``CurvatureError`` where memory does not suffice or the loss is not a number, and
  ///   `WorkInterrupted`.
  public init(_ problem: CurvatureProblem, interruption: Interruption = Interruption()) throws {
    keepsActivations = try CurvatureMemory(problem).keepsActivations()
    self.problem = problem
    self.interruption = interruption
    products = try Products()
    values = problem.layout.arranged(problem.parameters)
    let blocks = problem.blocks()
    self.blocks = blocks
    let laneCount = min(NetworkCurvature.mostLanes, blocks.count)
    lanes = (0..<laneCount).map {
      blocks.count * $0 / laneCount..<blocks.count * ($0 + 1) / laneCount
    }
    kept = try keepsActivations ? blocks.map { try SampleBlock(problem, $0) } : []
    sums = (0..<laneCount).map { _ in AlignedBuffer(count: problem.layout.count) }
    let losses = Mutex([Double](repeating: 0, count: blocks.count))
    gradient = try sweep(nil, begins: true) { index, block, pass in
      let loss = block.begin(pass)
      losses.withLock { $0[index] = loss }
    }
    loss = losses.withLock { $0.reduce(0, +) } / Double(problem.sampleCount)
    if !problem.decay.isEmpty {
      for index in gradient.indices {
        let decayed = problem.decay[index] * problem.parameters[index]
        gradient[index] += decayed
        loss += decayed * problem.parameters[index] / 2
      }
    }
    guard loss.isFinite, gradient.allSatisfy(\.isFinite) else {
      throw CurvatureError(
        operation: "take the curvature",
        reason: "the loss at these parameters is \(loss), or its gradient is not finite")
    }
  }

  static let mostLanes = 8

  /// P.
  public var dimension: Int { problem.layout.count }

  /// Hv.
  public func hessianProduct(_ v: [Double]) throws -> [Double] {
    try decayed(sweep(v) { _, block, pass in block.addHessianProduct(pass) }, v)
  }

  /// Gv.
  public func gaussNewtonProduct(_ v: [Double]) throws -> [Double] {
    try decayed(sweep(v) { _, block, pass in block.addGaussNewtonProduct(pass) }, v)
  }

  /// Jv, a row for each sample: how its logits change along v.
  public func jacobianProduct(_ v: [Double]) throws -> Matrix {
    let classes = problem.classCount
    let result = AlignedBuffer(count: problem.sampleCount * classes)
    _ = try sweep(v) { _, block, pass in
      let tangent = block.tangent(pass)
      block.forget()
      for (row, sample) in block.samples.enumerated() {
        (result.base + sample * classes).update(
          from: tangent.base + row * classes, count: classes)
      }
    }
    return Matrix(
      rows: problem.sampleCount, columns: classes,
      elements: Array(result.elements.prefix(problem.sampleCount * classes)))
  }

  /// Σ_i J_iᵀu_i for a row u_i of each sample.
  ///
  /// - Precondition: N×C numbers.
  public func transposedJacobianProduct(_ cotangents: Matrix) throws -> [Double] {
    precondition(
      cotangents.rows == problem.sampleCount && cotangents.columns == problem.classCount)
    let columns = cotangents.columns
    return try sweep(nil) { _, block, pass in
      let rows = Rows(block.samples.count, columns)
      var isZero = true
      for (row, sample) in block.samples.enumerated() {
        for column in 0..<columns {
          let value = cotangents[sample, column]
          rows.base[row * columns + column] = value
          isZero = isZero && value == 0
        }
      }
      if !isZero { block.addTransposedJacobianProduct(rows, pass) }
    }
  }

  /// z, a row for each sample.
  public func logits() throws -> Matrix {
    let classes = problem.classCount
    let result = AlignedBuffer(count: problem.sampleCount * classes)
    _ = try sweep(nil) { _, block, _ in
      for (row, sample) in block.samples.enumerated() {
        (result.base + sample * classes).update(
          from: block.logits.base + row * classes, count: classes)
      }
    }
    return Matrix(
      rows: problem.sampleCount, columns: classes,
      elements: Array(result.elements.prefix(problem.sampleCount * classes)))
  }

  private func decayed(_ product: [Double], _ v: [Double]) -> [Double] {
    problem.decay.isEmpty
      ? product : product.indices.map { product[$0] + problem.decay[$0] * v[$0] }
  }

  /// Calls `body` for every block and returns what it added to the pass's result.
  private func sweep(
    _ direction: [Double]?, begins: Bool = false,
    _ body: @Sendable (_ index: Int, SampleBlock, Pass) -> Void
  ) throws -> [Double] {
    precondition(direction == nil || direction?.count == dimension)
    let arranged = direction.map(problem.layout.arranged) ?? []
    let sum = try turn.withLock { _ in
      try values.withUnsafeBufferPointer { values in
        try arranged.withUnsafeBufferPointer { arranged in
          nonisolated(unsafe) let base = Pass(
            products: products, values: values.baseAddress!, direction: arranged.baseAddress)
          try Parallel.forEach(lanes.count, threads: problem.threads) { lane in
            sums[lane].removeAll()
            for index in lanes[lane] {
              try interruption.check()
              var pass = base
              let block: SampleBlock
              if keepsActivations {
                block = kept[index]
              } else {
                block = try SampleBlock(problem, blocks[index])
                if !begins { _ = block.begin(pass) }
              }
              pass.result = sums[lane].base
              body(index, block, pass)
            }
          }
        }
      }
      return try total()
    }
    return problem.layout.restored(sum)
  }

  /// The sum of the lanes.
  private func total() throws -> [Double] {
    let count = dimension
    let stretch = 1 << 16
    let target = sums[0].base
    nonisolated(unsafe) let unsafeTarget = target
    try Parallel.forEach((count + stretch - 1) / stretch, threads: problem.threads) { part in
      let range = part * stretch..<min(count, (part + 1) * stretch)
      for lane in sums.dropFirst() {
        let source = lane.base
        for index in range { unsafeTarget[index] += source[index] }
      }
    }
    return Array(UnsafeBufferPointer(start: target, count: count))
  }
}

/// H as a matrix.
public struct Hessian: SymmetricOperator {
  public let curvature: NetworkCurvature
  public init(_ curvature: NetworkCurvature) { self.curvature = curvature }
  public var dimension: Int { curvature.dimension }
  public func product(_ vector: [Double]) throws -> [Double] {
    try curvature.hessianProduct(vector)
  }
}

/// G as a matrix.
public struct GaussNewton: SymmetricOperator {
  public let curvature: NetworkCurvature
  public init(_ curvature: NetworkCurvature) { self.curvature = curvature }
  public var dimension: Int { curvature.dimension }
  public func product(_ vector: [Double]) throws -> [Double] {
    try curvature.gaussNewtonProduct(vector)
  }
}

/// The block of a matrix that belongs to a stretch of its rows and columns, as that of a layer.
public struct DiagonalBlock<Whole: SymmetricOperator>: SymmetricOperator {
  public let whole: Whole
  public let range: Range<Int>

  public init(_ whole: Whole, _ range: Range<Int>) {
    self.whole = whole
    self.range = range
  }

  public var dimension: Int { range.count }

  public func product(_ vector: [Double]) throws -> [Double] {
    var padded = [Double](repeating: 0, count: whole.dimension)
    padded.replaceSubrange(range, with: vector)
    return Array(try whole.product(padded)[range])
  }
}
