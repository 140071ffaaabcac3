import Tensors

/// What one part of a training step takes.
package struct StepCost: Sendable {
  package let layer: String
  package let phase: String
  /// The least of several runs.
  package let seconds: Double
}

extension CompiledNetwork {
  /// Times every part of a step on made-up samples, the least of `runs` runs each.
  package func profile(batch: Int, runs: Int = 5) throws -> [StepCost] {
    let plan = try trainingPlan(batch: batch)
    let buffer = AlignedBuffer(byteCount: plan.input.layout.byteCount)
    var random = SeededGenerator(seed: 1)
    for index in buffer.floats.indices { buffer.floats[index] = Float(random.normal()) }
    try plan.input.bind(to: buffer)
    let steps = plan.forward + plan.backward
    var least = Array(repeating: Double.infinity, count: steps.count)
    try team.flushingSubnormals {
      for _ in 0..<runs {
        for (index, step) in steps.enumerated() {
          let pace = Pace()
          try step.run()
          least[index] = min(least[index], pace.seconds)
        }
      }
    }
    return zip(steps, least).map {
      StepCost(layer: $0.layer, phase: $0.phase.rawValue, seconds: $1)
    }
  }
}
