import CollapseCore
import Networks

/// Steps over all parameters at once: one sweep of vectors over the store's flat buffers.
final class Optimizer {
  private let rule: any SteppingRule
  let store: ParameterStore
  private let team: ThreadTeam
  private let isDecoupled: Bool
  let decay: WeightDecay
  /// Runs of trained floats with one decay coefficient, in order.
  let segments: [(range: Range<Int>, decay: Float)]
  /// Runs of floats that are not trained.
  private let fixed: [Range<Int>]
  /// The moments, arranged like the parameters: `momentum`, or `first_moment` and
  /// `second_moment`.
  let moments: [(name: String, values: AlignedBuffer)]
  private var stepsTaken = 0
  private static let blockSize = 1 << 14
  /// Of the gradient, per block; see ``gradientNorm()``.
  private let blockSquares: UnsafeMutableBufferPointer<Double>

  init(
    _ description: OptimizerDescription, decay: WeightDecay, store: ParameterStore,
    team: ThreadTeam
  ) {
    rule = description.rule as! any SteppingRule  // every kind has its file here
    self.decay = decay
    self.store = store
    self.team = team
    isDecoupled = description.decouples(decay)
    var segments: [(range: Range<Int>, decay: Float)] = []
    fixed = store.parameters.filter(\.isFixed).map(\.range)
    for parameter in store.parameters where !parameter.isFixed {
      let coefficient = Float(decay.coefficient(of: parameter))
      if let last = segments.last, last.decay == coefficient,
        last.range.upperBound == parameter.range.lowerBound
      {
        segments[segments.count - 1].range =
          last.range.lowerBound..<parameter.range.upperBound
      } else {
        segments.append((parameter.range, coefficient))
      }
    }
    self.segments = segments
    moments = rule.moments.map { ($0, AlignedBuffer(byteCount: store.flatCount * 4)) }
    blockSquares = .allocate(
      capacity: (store.flatCount + Optimizer.blockSize - 1) / Optimizer.blockSize)
    blockSquares.initialize(repeating: 0)
  }

  deinit { blockSquares.deallocate() }

  /// Continues after `steps` steps, the moments having been restored.
  func resume(after steps: Int) { stepsTaken = steps }

  /// Takes one step.
  ///
  /// - Parameter gradientScale: a factor on the gradient, 1 unless it is clipped.
  func step(learningRate: Double, gradientScale: Float = 1) {
    stepsTaken += 1
    defer { store.noteChange() }
    let values = store.values.floats.baseAddress!
    let gradients = store.gradients.floats.baseAddress!
    let arrays = moments.map { $0.values.floats.baseAddress! }
    team.forEachPart(of: store.flatCount) { part in
      for segment in segments {
        let range = segment.range.clamped(to: part)
        if range.isEmpty { continue }
        rule.update(
          values, gradients, moments: arrays, range,
          OptimizerStep(
            learningRate: learningRate, count: stepsTaken,
            decay: isDecoupled ? 0 : segment.decay,
            shrink: isDecoupled ? 1 - Float(learningRate) * segment.decay : 1,
            gradientScale: gradientScale))
      }
    }
  }

  /// ½ Σ λ ‖θ‖²: what weight decay adds to the loss.
  func penalty() -> Double {
    let values = store.values.floats
    return segments.reduce(0) { sum, segment in
      guard segment.decay > 0 else { return sum }
      var squares = 0.0
      for value in values[segment.range] { squares += Double(value) * Double(value) }
      return sum + Double(segment.decay) * squares / 2
    }
  }

  /// The Euclidean norm of the whole gradient.
  ///
  /// Squares are summed in blocks of one size, and then the blocks, so the number of threads has
  /// no influence.
  func gradientNorm() -> Double {
    let block = Optimizer.blockSize
    let count = store.flatCount
    let gradients = store.gradients.floats.baseAddress!
    for range in fixed { (gradients + range.lowerBound).update(repeating: 0, count: range.count) }
    team.forEachPart(of: blockSquares.count, grain: 1) { [blockSquares] blocks in
      for index in blocks {
        let range = index * block..<min(count, (index + 1) * block)
        blockSquares[index] = sumOfSquares(gradients, range)
      }
    }
    return blockSquares.reduce(0, +).squareRoot()
  }
}

extension WeightDecay {
  func coefficient(of parameter: Parameter) -> Double {
    coefficient(
      role: parameter.description.role, layer: parameter.layer,
      isClassifier: parameter.isClassifier)
  }
}
