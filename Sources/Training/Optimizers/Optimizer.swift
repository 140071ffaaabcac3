import CollapseCore
import LibC
import Networks

/// Steps over all parameters at once: one sweep of vectors over the store's flat buffers.
final class Optimizer {
  private let description: OptimizerDescription
  let store: ParameterStore
  private let team: ThreadTeam
  private let isDecoupled: Bool
  /// Runs of floats with one decay coefficient, in order and without gaps.
  private let segments: [(range: Range<Int>, decay: Float)]
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
    self.description = description
    self.store = store
    self.team = team
    isDecoupled = description.decouples(decay)
    var segments: [(range: Range<Int>, decay: Float)] = []
    for parameter in store.parameters {
      let coefficient = Float(decay.coefficient(of: parameter))
      if let last = segments.last, last.decay == coefficient {
        segments[segments.count - 1].range =
          last.range.lowerBound..<parameter.range.upperBound
      } else {
        segments.append((parameter.range, coefficient))
      }
    }
    self.segments = segments
    let names =
      switch description {
      case .sgd(let momentum, _): momentum > 0 ? ["momentum"] : []
      case .adam, .adamW: ["first_moment", "second_moment"]
      }
    moments = names.map { ($0, AlignedBuffer(byteCount: store.flatCount * 4)) }
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
    let values = store.values.floats.baseAddress!
    let gradients = store.gradients.floats.baseAddress!
    team.forEachPart(of: store.flatCount) { part in
      for segment in segments {
        let range = segment.range.clamped(to: part)
        if range.isEmpty { continue }
        let decay = isDecoupled ? 0 : segment.decay
        let shrink = isDecoupled ? 1 - Float(learningRate) * segment.decay : 1
        switch description {
        case .sgd(let momentum, let nesterov):
          let kernel = SGDKernel(
            learningRate: Float(learningRate), momentum: Float(momentum), decay: decay,
            shrink: shrink, gradientScale: gradientScale)
          if moments.isEmpty {
            kernel.plain(values, gradients, range)
          } else {
            let velocity = moments[0].values.floats.baseAddress!
            if nesterov {
              kernel.nesterov(values, gradients, velocity, range)
            } else {
              kernel.heavyBall(values, gradients, velocity, range)
            }
          }
        case .adam(let beta1, let beta2, let epsilon), .adamW(let beta1, let beta2, let epsilon):
          let correction1 = 1 - pow(beta1, Double(stepsTaken))
          let correction2 = 1 - pow(beta2, Double(stepsTaken))
          let kernel = AdamKernel(
            stepSize: Float(learningRate / correction1), beta1: Float(beta1),
            beta2: Float(beta2), rootCorrection: Float(1 / correction2.squareRoot()),
            epsilon: Float(epsilon), decay: decay, shrink: shrink, gradientScale: gradientScale)
          kernel(
            values, gradients, moments[0].values.floats.baseAddress!,
            moments[1].values.floats.baseAddress!, range)
        }
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
    coefficient(role: parameter.description.role, isClassifier: parameter.isClassifier)
  }
}
