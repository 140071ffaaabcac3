import COneDNN
package import CollapseCore

/// Normalizes each channel over the batch (and the map): y = γ (x − μ) / √(σ² + ε) + β.
///
/// In training μ and σ² are the batch's, σ² divided by the number of values n; running moments
/// keep `momentum` of each new one, σ² scaled by n / (n − 1) (unscaled for n = 1). In inference
/// the running moments are used.
///
/// Source: Ioffe & Szegedy, "Batch Normalization", 2015.
package struct BatchNormalization: Layer {
  package static let kind = "batchNormalization"

  package var epsilon: Double
  package var momentum: Double
  /// Whether γ is trained; else it is 1.
  package var scale: Bool
  /// Whether β is trained; else it is 0.
  package var shift: Bool

  package init(
    epsilon: Double = 1e-5, momentum: Double = 0.1, scale: Bool = true, shift: Bool = true
  ) {
    self.epsilon = epsilon
    self.momentum = momentum
    self.scale = scale
    self.shift = shift
  }

  package func outputShape(for input: Shape) throws -> Shape {
    guard input.rank == 1 || input.rank == 3 else {
      throw refuse(input, "it takes vectors or maps")
    }
    return input
  }

  package func parameters(input: Shape) -> [LayerParameter] {
    let channels = input[0]
    var arrays: [LayerParameter] = []
    if scale { arrays.append(LayerParameter("weight", [channels], .scale, fanIn: 1, fanOut: 1)) }
    if shift { arrays.append(LayerParameter("bias", [channels], .shift, fanIn: 1, fanOut: 1)) }
    return arrays
  }

  package func operationCount(input: Shape, output: Shape) -> Int { 2 * input.elementCount }

  package func compile(_ input: Activation, in builder: PlanBuilder) throws -> Activation {
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
    var arrays = parameters(input: input.shape)[...]
    let gamma = scale ? try builder.parameter(arrays.removeFirst()) { vector } : nil
    let beta = shift ? try builder.parameter(arrays.removeFirst()) { vector } : nil
    let runningMean = try builder.statistic("running_mean", count: channels, initial: 0)
    let runningVariance = try builder.statistic("running_var", count: channels, initial: 1)
    let mean = builder.isTraining ? try Memory(vector) : runningMean
    let variance = builder.isTraining ? try Memory(vector) : runningVariance
    let workspace = try forward.optionalLayout(DNNL_ARG_WORKSPACE).map { try Memory($0) }
    let source = try map(input.value)

    var arguments: [Int32: Memory] = [
      DNNL_ARG_SRC: source, DNNL_ARG_DST: try map(output.value),
      DNNL_ARG_MEAN: mean, DNNL_ARG_VARIANCE: variance,
    ]
    arguments[DNNL_ARG_SCALE] = gamma?.values
    arguments[DNNL_ARG_SHIFT] = beta?.values
    arguments[DNNL_ARG_WORKSPACE] = workspace
    builder.addForward(try Primitive(forward, arguments, scratchpad: builder.scratchpad))
    guard let gradient = output.gradient else { return output }

    let kept = Float(momentum)
    let count = mapSize.reduce(1, *) / channels
    let unbiased = Float(Double(count) / Double(max(count - 1, 1)))
    builder.addForward {
      BatchNormalization.track(mean.floats, 1, kept, in: runningMean.floats)
      BatchNormalization.track(variance.floats, unbiased, kept, in: runningVariance.floats)
    }

    let backward = try PrimitiveDescriptor("batch normalization", .init(forward: forward)) {
      conednn_batch_normalization_backward(
        $0, $1, scale || shift ? dnnl_backward : dnnl_backward_data, layout.handle,
        Float(epsilon), options)
    }
    // A normalization right after the input still has its own gradients to find; the input's
    // goes nowhere.
    let inputGradient = try input.gradient ?? Memory(input.value.layout)
    builder.use(inputGradient)
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

extension BatchNormalization {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      epsilon: try container.value(.epsilon, default: 1e-5),
      momentum: try container.value(.momentum, default: 0.1),
      scale: try container.value(.scale, default: true),
      shift: try container.value(.shift, default: true))
    try container.require(.epsilon, epsilon, "a positive number") { $0 > 0 }
    try container.require(.momentum, momentum, "a number in [0, 1]") { (0...1).contains($0) }
  }
}
