import COneDNN
import CollapseCore
import Networks

extension ReLU: Lowerable {
  func lower(
    _ input: Activation, at place: PlacedLayer, in builder: PlanBuilder
  ) throws -> Activation {
    let layout = input.value.layout
    switch input.rectification {
    case .complete:
      return input
    case .forward:
      // A rectified value is positive exactly where the gradient passes.
      if let gradient = input.gradient {
        builder.use(gradient)
        let backward = try ReLU.backward(value: input.value, from: gradient, to: gradient, builder)
        builder.setBackward([(.backwardData, builder.execution(of: backward))])
      }
      return input
    case .none:
      let output = try builder.activation(input.shape, layout)
      let forward = try Primitive(
        ReLU.forwardDescriptor(layout, training: builder.isTraining),
        [DNNL_ARG_SRC: input.value, DNNL_ARG_DST: output.value], scratchpad: builder.scratchpad)
      builder.addForward(forward)
      guard let gradient = output.gradient else { return output }
      var steps: [(Step.Phase, () throws -> Void)] = []
      if let inputGradient = input.gradient {
        builder.use(inputGradient)
        let backward = try ReLU.backward(
          value: output.value, from: gradient, to: inputGradient, builder)
        steps.append((.backwardData, builder.execution(of: backward)))
      }
      builder.setBackward(steps)
      return output
    }
  }

  private static func forwardDescriptor(_ layout: Layout, training: Bool) throws
    -> PrimitiveDescriptor
  {
    try PrimitiveDescriptor("relu") {
      conednn_elementwise_forward(
        $0, $1, training ? dnnl_forward_training : dnnl_forward_inference,
        training ? dnnl_eltwise_relu_use_dst_for_bwd : dnnl_eltwise_relu, layout.handle)
    }
  }

  /// Masks a gradient where the rectified `value` is zero.
  static func backward(
    value: Memory, from gradient: Memory, to inputGradient: Memory, _ builder: PlanBuilder
  ) throws -> Primitive {
    let forward = try forwardDescriptor(value.layout, training: true)
    let descriptor = try PrimitiveDescriptor("relu by data", .init(forward: forward)) {
      conednn_elementwise_backward(
        $0, $1, dnnl_eltwise_relu_use_dst_for_bwd, value.layout.handle)
    }
    return try Primitive(
      descriptor,
      [
        DNNL_ARG_DST: value, DNNL_ARG_DIFF_DST: gradient, DNNL_ARG_DIFF_SRC: inputGradient,
      ], scratchpad: builder.scratchpad)
  }
}
