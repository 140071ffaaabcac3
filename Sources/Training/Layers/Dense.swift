import COneDNN
package import Tensors

/// An affine map y = W x + b of vectors; W is outputs × inputs.
package struct Dense: Layer {
  package static let kind = "dense"

  package var outputs: Int
  package var bias: Bool

  package init(outputs: Int, bias: Bool = true) {
    self.outputs = outputs
    self.bias = bias
  }

  package func outputShape(for input: Shape) throws -> Shape {
    guard input.rank == 1 else { throw refuse(input, "it takes vectors; flatten comes before it") }
    guard outputs > 0 else { throw refuse(input, "it needs at least one output") }
    return [outputs]
  }

  package func parameters(input: Shape) -> [LayerParameter] {
    let inputs = input[0]
    let weight = LayerParameter(
      "weight", [outputs, inputs], .weight, fanIn: inputs, fanOut: outputs)
    let shift = LayerParameter("bias", [outputs], .bias, fanIn: inputs, fanOut: outputs)
    return bias ? [weight, shift] : [weight]
  }

  package func operationCount(input: Shape, output: Shape) -> Int {
    2 * input.elementCount * output.elementCount
  }

  package func compile(_ input: Activation, in builder: PlanBuilder) throws -> Activation {
    let arrays = parameters(input: input.shape)
    let shape = try outputShape(for: input.shape)
    let resultSize = builder.dimensions(shape)
    let weightSize = arrays[0].shape.dimensions
    let source = input.value.layout
    let result = try Layout.plain(resultSize)
    let vector = bias ? try Layout.plain([outputs]) : nil
    let rectifies = builder.mayRectify

    // oneDNN's batch-reduced GEMM takes one blocked layout of W in all three directions, so what
    // the forward primitive prefers is settled for the parameter and its gradient.
    let wanted = try builder.existingParameter(arrays[0])?.layout ?? .any(weightSize)
    let forward = try PrimitiveDescriptor("dense", .init(rectifies: rectifies)) {
      conednn_dense_forward(
        $0, $1, builder.isTraining ? dnnl_forward_training : dnnl_forward_inference,
        source.handle, wanted.handle, vector?.handle, result.handle)
    }
    let weight = try builder.parameter(arrays[0]) { forward.layout(DNNL_ARG_WEIGHTS, weightSize) }
    let shift = bias ? try builder.parameter(arrays[1]) { vector! } : nil
    let output = try builder.activation(shape, result)
    output.rectification = rectifies ? .forward : .none
    var arguments: [Int32: Memory] = [
      DNNL_ARG_SRC: input.value, DNNL_ARG_WEIGHTS: weight.values, DNNL_ARG_DST: output.value,
    ]
    arguments[DNNL_ARG_BIAS] = shift?.values
    builder.addForward(try Primitive(forward, arguments, scratchpad: builder.scratchpad))

    guard let gradient = output.gradient else { return output }
    var steps: [(Step.Phase, () throws -> Void)] = []
    let layout = weight.layout
    let byWeights = try PrimitiveDescriptor("dense by weights", .init(forward: forward)) {
      conednn_dense_backward_weights(
        $0, $1, source.handle, layout.handle, vector?.handle, result.handle)
    }
    var weightArguments: [Int32: Memory] = [
      DNNL_ARG_SRC: input.value, DNNL_ARG_DIFF_WEIGHTS: weight.gradients,
      DNNL_ARG_DIFF_DST: gradient,
    ]
    weightArguments[DNNL_ARG_DIFF_BIAS] = shift?.gradients
    let weights = try Primitive(byWeights, weightArguments, scratchpad: builder.scratchpad)
    steps.append((.backwardWeights, builder.execution(of: weights)))

    if let inputGradient = input.gradient {
      builder.use(inputGradient)
      let byData = try PrimitiveDescriptor("dense by data", .init(forward: forward)) {
        conednn_dense_backward_data($0, $1, source.handle, layout.handle, result.handle)
      }
      let data = try Primitive(
        byData,
        [
          DNNL_ARG_DIFF_SRC: inputGradient, DNNL_ARG_WEIGHTS: weight.values,
          DNNL_ARG_DIFF_DST: gradient,
        ], scratchpad: builder.scratchpad)
      steps.append((.backwardData, builder.execution(of: data)))
    }
    builder.setBackward(steps)
    return output
  }
}
