import CRowKernels
import CollapseCore
import LinearAlgebra

/// The rows of a block against the class means and the classifier: all that is summed up of them.
final class MeasuredRows: @unchecked Sendable {
  let plan: ScatterPlan
  private(set) var block: RowBlock?
  /// z = h − μ_y, rows of the plan's stride; zero for rows that are left out.
  let deviations: AlignedBuffer
  /// z times the scale of its class in Σ zzᵀ; z itself where all have the same.
  let scaledDeviations: AlignedBuffer
  /// ‖z‖², ‖h − μ_G‖² and ‖h‖².
  let squares: UnsafeMutablePointer<crowkernels_squares>
  /// ‖diag(1/s) Vᵀz‖², where the plan has directions.
  let projectedSquares: UnsafeMutablePointer<Double>
  /// The class of the nearest mean, and the one the classifier decides for; −1 for none.
  let nearest: UnsafeMutablePointer<Int32>
  let decided: UnsafeMutablePointer<Int32>
  let crossEntropies: UnsafeMutablePointer<Double>
  /// z_y − max_{k≠y} z_k, and the same of cosines with the rows of W.
  let margins: UnsafeMutablePointer<Double>
  let cosineMargins: UnsafeMutablePointer<Double>
  /// How many rows were decided again in float64.
  var rechecked = 0
  /// Products of z with the plan's factors.
  let products: AlignedBuffer
  private let few: FewClassDecisions?
  private let many: ManyClassDecisions?

  init(plan: ScatterPlan, rows: Int) throws {
    self.plan = plan
    deviations = AlignedBuffer(count: rows * plan.stride)
    scaledDeviations =
      plan.scatterScales == nil ? deviations : AlignedBuffer(count: rows * plan.stride)
    squares = .allocate(capacity: rows)
    squares.initialize(repeating: crowkernels_squares(), count: rows)
    func numbers() -> UnsafeMutablePointer<Double> {
      let numbers = UnsafeMutablePointer<Double>.allocate(capacity: rows)
      numbers.initialize(repeating: 0, count: rows)
      return numbers
    }
    func classes() -> UnsafeMutablePointer<Int32> {
      let classes = UnsafeMutablePointer<Int32>.allocate(capacity: rows)
      classes.initialize(repeating: -1, count: rows)
      return classes
    }
    (projectedSquares, crossEntropies, margins, cosineMargins) = (
      numbers(), numbers(), numbers(), numbers()
    )
    (nearest, decided) = (classes(), classes())
    products = AlignedBuffer(count: rows * (plan.factors?.productStride ?? 0))
    switch plan.decisions {
    case .few(let tables):
      (few, many) = (FewClassDecisions(plan: plan, tables: tables, rows: rows), nil)
    case .many(let vectors):
      (few, many) = (nil, try ManyClassDecisions(plan: plan, vectors: vectors, rows: rows))
    }
  }

  deinit {
    squares.deallocate()
    for numbers in [projectedSquares, crossEntropies, margins, cosineMargins] {
      numbers.deallocate()
    }
    for classes in [nearest, decided] { classes.deallocate() }
  }

  /// Measures the rows of `block`, which has to stay where it is until they are added up.
  func measure(_ block: RowBlock) {
    self.block = block
    rechecked = 0
    let stride = plan.stride
    for row in 0..<block.count {
      let deviation = deviations.base + row * stride
      guard block.classes[row] >= 0 else {
        deviation.update(repeating: 0, count: stride)
        continue
      }
      let offset = Int(block.classes[row]) * stride
      squares[row] = crowkernels_subtract_mean(
        block[row], plan.means.base + offset, plan.centredMeans.base + offset, deviation,
        plan.columns)
    }
    plan.factors?.multiply(
      deviations.base, rowCount: block.count, stride: stride, into: products.base)
    for row in 0..<block.count where block.classes[row] >= 0 && plan.projects {
      let own = products.base + row * (plan.factors?.productStride ?? 0)  // none where rank is 0
      var projected = 0.0
      for index in 0..<plan.rank { projected += own[index] * own[index] }
      projectedSquares[row] = projected
    }
    if let scales = plan.scatterScales {
      for row in 0..<block.count {
        let scale = block.classes[row] < 0 ? 0 : scales[Int(block.classes[row])]
        for column in row * stride..<(row + 1) * stride {
          scaledDeviations.base[column] = scale * deviations.base[column]
        }
      }
    }
    few?.decide(block, self)
    many?.decide(block, self)
  }
}
