import COneDNN
import CollapseCore
import Networks

extension BatchNormalization: Lowerable {
  func lower(
    _ input: Activation, at place: PlacedLayer, in builder: PlanBuilder
  ) throws -> Activation {
    // Done by the layer before it.
    if input.isNormalized { return input.afterNormalization }
    let channels = input.shape[0]
    // oneDNN's fast kernel takes maps only: vectors are maps of one pixel.
    let isVector = input.shape.rank == 1
    let mapSize = isVector ? [builder.batch, channels, 1, 1] : builder.dimensions(input.shape)
    let layout: Layout =
      isVector ? try .channelsLast(mapSize, type: input.value.layout.type) : input.value.layout
    func map(_ memory: Memory) throws -> Memory {
      isVector ? try memory.viewed(as: layout) : memory
    }

    let rectifies = builder.epilogue.rectifies
    let output = try builder.activation(input.shape, input.value.layout)
    output.rectification = rectifies ? .complete : .none
    let vector = try Layout.plain([channels])
    var parameters = place.parameters[...]
    let gamma = scale ? try builder.parameter(parameters.removeFirst()) { vector } : nil
    let beta = shift ? try builder.parameter(parameters.removeFirst()) { vector } : nil
    let runningMean = try builder.statistic(place.statistics[0])
    let runningVariance = try builder.statistic(place.statistics[1])
    let arrays = NormalizationPasses.Arrays(
      layout: layout, source: try map(input.value), result: try map(output.value), scale: gamma,
      shift: beta)
    func passes(_ mean: Memory, _ variance: Memory, given: Bool) throws -> NormalizationPasses {
      try NormalizationPasses(
        arrays, mean: mean, variance: variance, given: given, epsilon: epsilon,
        rectifies: rectifies, in: builder)
    }
    guard builder.normalizesByBatch else {
      builder.addForward(try passes(runningMean, runningVariance, given: true).forward)
      return output
    }

    let (mean, variance) = (try Memory(vector), try Memory(vector))
    let own = try passes(mean, variance, given: false)
    let similarity = try gate.map {
      try BatchSimilarity($0, of: input.value, input.shape, in: builder)
    }
    // A batch above the gate's threshold leaves the running moments alone, so they are the same in
    // its pass backward.
    let running =
      gate?.normalizesBy == .running ? try passes(runningMean, runningVariance, given: true) : nil
    builder.addForward {
      try similarity?.look()
      if let running, let similarity, similarity.isAbove {
        try running.forward()
      } else {
        try own.forward()
      }
    }

    // Out of training running moments stay as they are.
    guard let gradient = output.gradient else { return output }
    let kept = Float(momentum)
    let count = mapSize.reduce(1, *) / channels
    let unbiased = Float(Double(count) / Double(max(count - 1, 1)))
    let store = builder.store
    builder.addForward {
      if let similarity, similarity.isAbove { return }
      store.noteChange()
      BatchNormalization.track(mean.floats, 1, kept, in: runningMean.floats)
      BatchNormalization.track(variance.floats, unbiased, kept, in: runningVariance.floats)
    }

    // A normalization right after the input still has its own gradients to find; the input's
    // goes nowhere.
    let inputGradient = try input.gradient ?? Memory(input.value.layout)
    builder.use(inputGradient)
    let (from, to) = (try map(gradient), try map(inputGradient))
    let backward = try own.backward(from, to: to, in: builder)
    guard let running, let similarity else {
      builder.setBackward([(.backwardData, backward)])
      return output
    }
    let affine = try running.backward(from, to: to, in: builder)
    builder.setBackward([
      (.backwardData, { try similarity.isAbove ? affine() : backward() })
    ])
    return output
  }

  private static func track(
    _ batch: UnsafeMutableBufferPointer<Float>, _ factor: Float, _ momentum: Float,
    in running: UnsafeMutableBufferPointer<Float>
  ) {
    for index in batch.indices {
      running[index] += momentum * (factor * batch[index] - running[index])
    }
  }
}
