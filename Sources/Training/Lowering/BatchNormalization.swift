import COneDNN
import CollapseCore
import Networks

extension BatchNormalization: Lowerable {
  func lower(
    _ input: Activation, at place: PlacedLayer, in builder: PlanBuilder
  ) throws -> Activation {
    let channels = input.shape[0]
    // oneDNN's fast kernel takes maps only: vectors are maps of one pixel.
    let isVector = input.shape.rank == 1
    let mapSize = isVector ? [builder.batch, channels, 1, 1] : builder.dimensions(input.shape)
    let layout: Layout =
      isVector ? try .channelsLast(mapSize, type: input.value.layout.type) : input.value.layout
    func map(_ memory: Memory) throws -> Memory {
      isVector ? try memory.viewed(as: layout) : memory
    }

    let rectifies = builder.mayRectify
    let options = conednn_normalization(
      scale: scale ? 1 : 0, shift: shift ? 1 : 0,
      uses_given_statistics: builder.isTraining ? 0 : 1, rectifies: rectifies ? 1 : 0)
    let forward = try PrimitiveDescriptor("batch normalization") {
      conednn_batch_normalization_forward(
        $0, $1, builder.isTraining ? dnnl_forward_training : dnnl_forward_inference,
        layout.handle, Float(epsilon), options)
    }
    let output = try builder.activation(input.shape, input.value.layout)
    output.rectification = rectifies ? .complete : .none
    let vector = try Layout.plain([channels])
    var arrays = place.parameters[...]
    let gamma = scale ? try builder.parameter(arrays.removeFirst()) { vector } : nil
    let beta = shift ? try builder.parameter(arrays.removeFirst()) { vector } : nil
    let runningMean = try builder.statistic(place.statistics[0])
    let runningVariance = try builder.statistic(place.statistics[1])
    let mean = builder.isTraining ? try Memory(vector) : runningMean
    let variance = builder.isTraining ? try Memory(vector) : runningVariance
    let source = try map(input.value)
    let blocked = BlockedNormalization(
      layout, forward, epsilon: epsilon, rectifies: rectifies, scale: gamma?.values,
      shift: beta?.values, mean: mean, variance: variance)
    let workspace =
      blocked == nil
      ? try forward.optionalLayout(DNNL_ARG_WORKSPACE).map { try Memory($0) } : nil
    if let blocked {
      builder.addForward(
        try blocked.forward(
          of: source, to: output.value, isTraining: builder.isTraining, builder))
    } else {
      var arguments: [Int32: Memory] = [
        DNNL_ARG_SRC: source, DNNL_ARG_DST: try map(output.value),
        DNNL_ARG_MEAN: mean, DNNL_ARG_VARIANCE: variance,
      ]
      arguments[DNNL_ARG_SCALE] = gamma?.values
      arguments[DNNL_ARG_SHIFT] = beta?.values
      arguments[DNNL_ARG_WORKSPACE] = workspace
      builder.addForward(try Primitive(forward, arguments, scratchpad: builder.scratchpad))
    }
    guard let gradient = output.gradient else { return output }

    let kept = Float(momentum)
    let count = mapSize.reduce(1, *) / channels
    let unbiased = Float(Double(count) / Double(max(count - 1, 1)))
    builder.addForward {
      BatchNormalization.track(mean.floats, 1, kept, in: runningMean.floats)
      BatchNormalization.track(variance.floats, unbiased, kept, in: runningVariance.floats)
    }

    // A normalization right after the input still has its own gradients to find; the input's
    // goes nowhere.
    let inputGradient = try input.gradient ?? Memory(input.value.layout)
    builder.use(inputGradient)
    if let blocked {
      let run = try blocked.backward(
        of: source, gradient, to: inputGradient, byScale: gamma?.gradients,
        byShift: beta?.gradients, builder)
      builder.setBackward([(.backwardData, run)])
      return output
    }
    let backward = try PrimitiveDescriptor("batch normalization", .init(forward: forward)) {
      conednn_batch_normalization_backward(
        $0, $1, scale || shift ? dnnl_backward : dnnl_backward_data, layout.handle,
        Float(epsilon), options)
    }
    var backwardArguments: [Int32: Memory] = [
      DNNL_ARG_SRC: source, DNNL_ARG_DIFF_DST: try map(gradient),
      DNNL_ARG_DIFF_SRC: try map(inputGradient), DNNL_ARG_MEAN: mean,
      DNNL_ARG_VARIANCE: variance,
    ]
    backwardArguments[DNNL_ARG_SCALE] = gamma?.values
    if conednn_version_major() < 3 {  // unused, but oneDNN 2 counts its inputs
      backwardArguments[DNNL_ARG_SHIFT] = beta?.values
    }
    backwardArguments[DNNL_ARG_DIFF_SCALE] = gamma?.gradients
    backwardArguments[DNNL_ARG_DIFF_SHIFT] = beta?.gradients
    backwardArguments[DNNL_ARG_WORKSPACE] = workspace
    let both = try Primitive(backward, backwardArguments, scratchpad: builder.scratchpad)
    builder.setBackward([(.backwardData, builder.execution(of: both))])
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
