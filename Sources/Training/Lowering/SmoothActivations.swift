import COneDNN
import CollapseCore
import Networks

/// An activation whose derivative is told from its input.
protocol SmoothActivation: Lowerable {
  static var algorithm: dnnl_alg_kind_t { get }
}

extension Tanh: SmoothActivation {
  static var algorithm: dnnl_alg_kind_t { dnnl_eltwise_tanh }
}

extension Softplus: SmoothActivation {
  static var algorithm: dnnl_alg_kind_t { dnnl_eltwise_soft_relu }
}

extension GELU: SmoothActivation {
  static var algorithm: dnnl_alg_kind_t { dnnl_eltwise_gelu_erf }
}

extension SmoothActivation {
  func lower(
    _ input: Activation, at place: PlacedLayer, in builder: PlanBuilder
  ) throws -> Activation {
    let layout = input.value.layout
    let output = try builder.activation(input.shape, layout)
    let descriptor = try PrimitiveDescriptor(place.kind) {
      conednn_elementwise_forward(
        $0, $1, builder.isTraining ? dnnl_forward_training : dnnl_forward_inference,
        Self.algorithm, layout.handle)
    }
    builder.addForward(
      try Primitive(
        descriptor, [DNNL_ARG_SRC: input.value, DNNL_ARG_DST: output.value],
        scratchpad: builder.scratchpad))
    guard let gradient = output.gradient else { return output }
    var steps: [(Step.Phase, () throws -> Void)] = []
    if let inputGradient = input.gradient {
      builder.use(inputGradient)
      let backward = try PrimitiveDescriptor("\(place.kind) by data", .init(forward: descriptor)) {
        conednn_elementwise_backward($0, $1, Self.algorithm, layout.handle)
      }
      let primitive = try Primitive(
        backward,
        [
          DNNL_ARG_SRC: input.value, DNNL_ARG_DIFF_DST: gradient, DNNL_ARG_DIFF_SRC: inputGradient,
        ], scratchpad: builder.scratchpad)
      steps.append((.backwardData, builder.execution(of: primitive)))
    }
    builder.setBackward(steps)
    return output
  }
}
