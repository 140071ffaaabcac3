import COneDNN
import CollapseCore
import Networks

extension Dropout: Lowerable {
  func lower(
    _ input: Activation, at place: PlacedLayer, in builder: PlanBuilder
  ) throws -> Activation {
    guard builder.isTraining else { return input }
    let output = try builder.activation(input.shape, input.value.layout)
    let mask = Mask(layer: builder.layer, probability: probability, clock: builder.clock)
    let (source, target) = (input.value, output.value)
    let team = builder.team
    builder.addForward { mask.apply(from: source, to: target, team) }
    var steps: [(Step.Phase, () throws -> Void)] = []
    if let gradient = output.gradient, let inputGradient = input.gradient {
      builder.use(inputGradient)
      steps.append((.backwardData, { mask.apply(from: gradient, to: inputGradient, team) }))
    }
    builder.setBackward(steps)
    return output
  }

  /// The same in both directions of a step: drawn anew rather than kept.
  private final class Mask {
    private let key: UInt64
    private let threshold: UInt32
    private let factor: Float
    private let clock: StepClock

    init(layer: String, probability: Double, clock: StepClock) {
      var generator = SeededGenerator(seed: clock.seed, stream: "dropout/\(layer)")
      key = generator.next()
      threshold = UInt32(probability * 0x1p32)
      factor = Float(1 / (1 - probability))
      self.clock = clock
    }

    func apply(from source: Memory, to target: Memory, _ team: ThreadTeam) {
      let start = SeededGenerator(seed: key &+ UInt64(clock.step)).state[0]
      func isKept(_ index: Int) -> Bool {
        let draw = Mask.scramble(start &+ UInt64(index) &* 0x9e37_79b9_7f4a_7c15)
        return UInt32(draw >> 32) >= threshold
      }
      if source.layout.type == dnnl_bf16 {
        let (from, to) = (source.halves, target.halves)
        team.forEachPart(of: from.count) { part in
          for index in part {
            to[index] =
              isKept(index) ? Bfloat16.bits(Bfloat16.value(from[index]) * factor) : 0
          }
        }
      } else {
        let (from, to) = (source.floats, target.floats)
        team.forEachPart(of: from.count) { part in
          for index in part { to[index] = isKept(index) ? from[index] * factor : 0 }
        }
      }
    }

    /// SplitMix64's output function: a number for a place, without the numbers before it.
    private static func scramble(_ word: UInt64) -> UInt64 {
      var z = word
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      return z ^ (z >> 31)
    }
  }
}
