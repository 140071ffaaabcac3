import COneDNN
import CollapseCore
import Networks

extension Dense: TakesNormalization {
  func lower(
    _ received: Activation, at place: PlacedLayer, in builder: PlanBuilder
  ) throws -> Activation {
    let input = try builder.inPrecision(received)
    let compiler = try DenseCompiler(
      source: input.value.layout,
      result: .plain(builder.dimensions(place.output), type: builder.elementType),
      arrays: place.parameters, builder)
    return try compiler.compile(input, shape: place.output)
  }
}

/// Builds the steps of one dense layer.
private struct DenseCompiler {
  private let source: Layout
  private let result: Layout
  private let arrays: [LayerParameter]
  private let weightSize: [Int]
  private let vector: Layout?
  private let builder: PlanBuilder

  init(source: Layout, result: Layout, arrays: [LayerParameter], _ builder: PlanBuilder) throws {
    self.source = source
    self.result = result
    self.arrays = arrays
    self.builder = builder
    weightSize = arrays[0].shape.dimensions
    let hasBias = arrays.count > 1 || builder.epilogue.normalization != nil
    vector = hasBias ? try .plain([weightSize[0]]) : nil
  }

  func compile(_ input: Activation, shape: Shape) throws -> Activation {
    let weight = try builder.parameter(arrays[0], storedLayout)
    let bias =
      arrays.count > 1 ? try builder.parameter(arrays[1]) { try .plain([weightSize[0]]) } : nil
    let folded = try builder.folded(weight, bias)
    let rectifies = builder.epilogue.rectifies
    let forward = try forward(weights: wanted(weight.layout), rectifies: rectifies)
    let output = try builder.activation(shape, result)
    output.rectification = rectifies ? .forward : .none
    output.isNormalized = folded != nil
    let operands = Operands(
      source: input.value, weights: folded?.weights ?? weight.values,
      bias: folded?.bias ?? bias?.values, result: output.value)
    for primitive in try forward.assemble(.forward, operands, in: builder.workspace) {
      builder.addForward(primitive)
    }
    guard let gradient = output.gradient else { return output }

    var steps: [(Step.Phase, () throws -> Void)] = []
    let byWeights = try PrimitiveDescriptor("dense by weights", .init(forward: forward)) {
      conednn_dense_backward_weights(
        $0, $1, source.handle, weight.layout.handle, vector?.handle, result.handle)
    }
    let weightOperands = Operands(
      source: input.value, weights: weight.gradients, bias: bias?.gradients, result: gradient)
    for primitive in try byWeights.assemble(
      .backwardWeights, weightOperands, in: builder.workspace)
    {
      steps.append((.backwardWeights, builder.execution(of: primitive)))
    }
    if let inputGradient = input.gradient {
      builder.use(inputGradient)
      let weights = try wanted(weight.layout)
      let byData = try PrimitiveDescriptor("dense by data", .init(forward: forward)) {
        conednn_dense_backward_data($0, $1, source.handle, weights.handle, result.handle)
      }
      let dataOperands = Operands(
        source: inputGradient, weights: weight.values, bias: nil, result: gradient)
      for primitive in try byData.assemble(.backwardData, dataOperands, in: builder.workspace) {
        steps.append((.backwardData, builder.execution(of: primitive)))
      }
    }
    builder.setBackward(steps)
    return output
  }

  /// How W is kept: as the first plan's forward product in float32 has it.
  private func storedLayout() throws -> Layout {
    try forward(
      source: .plain(source.dimensions), weights: .any(weightSize),
      result: .plain(result.dimensions), rectifies: false
    ).layout(DNNL_ARG_WEIGHTS, weightSize)
  }

  /// How a product is asked to take W, kept as `stored`. oneDNN's batch-reduced GEMM takes one
  /// blocked layout in all three directions in float32; for bfloat16 W is converted anyway.
  private func wanted(_ stored: Layout) throws -> Layout {
    source.type == dnnl_f32 ? stored : try .any(weightSize, type: source.type)
  }

  private func forward(
    source: Layout? = nil, weights: Layout, result: Layout? = nil, rectifies: Bool
  ) throws -> PrimitiveDescriptor {
    let source = source ?? self.source
    let result = result ?? self.result
    return try PrimitiveDescriptor("dense", .init(rectifies: rectifies)) {
      conednn_dense_forward(
        $0, $1, builder.isTraining ? dnnl_forward_training : dnnl_forward_inference,
        source.handle, weights.handle, vector?.handle, result.handle)
    }
  }
}
