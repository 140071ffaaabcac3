import COneDNN
import CollapseCore
import Networks

extension LayerNormalization: Lowerable {
  func lower(
    _ received: Activation, at place: PlacedLayer, in builder: PlanBuilder
  ) throws -> Activation {
    let type = received.value.layout.type
    let plain = try Layout.plain(builder.dimensions(received.shape), type: type)
    let input = try builder.converted(received, to: plain)
    let size = input.shape.elementCount
    let rows = try Layout.plain([builder.batch, size], type: type)
    let perRow = try Layout.plain([builder.batch])
    let options = conednn_normalization(
      scale: affine ? 1 : 0, shift: affine ? 1 : 0, uses_given_statistics: 0, rectifies: 0)
    let forward = try PrimitiveDescriptor("layer normalization") {
      conednn_layer_normalization_forward(
        $0, $1, builder.isTraining ? dnnl_forward_training : dnnl_forward_inference,
        rows.handle, perRow.handle, Float(epsilon), options)
    }
    let output = try builder.activation(input.shape, plain)
    let arrays = place.parameters
    let arrayLayout = try Layout.plain(input.shape.dimensions)
    let vector = try Layout.plain([size])
    let gamma = affine ? try builder.parameter(arrays[0]) { arrayLayout } : nil
    let beta = affine ? try builder.parameter(arrays[1]) { arrayLayout } : nil
    let source = try input.value.viewed(as: rows)
    var arguments: [Int32: Memory] = [
      DNNL_ARG_SRC: source, DNNL_ARG_DST: try output.value.viewed(as: rows),
    ]
    let scale = try gamma?.values.viewed(as: vector)
    let shift = try beta?.values.viewed(as: vector)
    arguments[DNNL_ARG_SCALE] = scale
    arguments[DNNL_ARG_SHIFT] = shift
    let (mean, variance) = (try Memory(perRow), try Memory(perRow))
    if builder.isTraining {
      arguments[DNNL_ARG_MEAN] = mean
      arguments[DNNL_ARG_VARIANCE] = variance
    }
    builder.addForward(try Primitive(forward, arguments, scratchpad: builder.scratchpad))
    guard let gradient = output.gradient else { return output }

    let backward = try PrimitiveDescriptor("layer normalization", .init(forward: forward)) {
      conednn_layer_normalization_backward(
        $0, $1, affine ? dnnl_backward : dnnl_backward_data, rows.handle, perRow.handle,
        Float(epsilon), options)
    }
    let inputGradient = try input.gradient ?? Memory(plain)
    builder.use(inputGradient)
    var backwardArguments: [Int32: Memory] = [
      DNNL_ARG_SRC: source, DNNL_ARG_DIFF_DST: try gradient.viewed(as: rows),
      DNNL_ARG_DIFF_SRC: try inputGradient.viewed(as: rows), DNNL_ARG_MEAN: mean,
      DNNL_ARG_VARIANCE: variance,
    ]
    backwardArguments[DNNL_ARG_SCALE] = scale
    backwardArguments[DNNL_ARG_SHIFT] = shift
    backwardArguments[DNNL_ARG_DIFF_SCALE] = try gamma?.gradients.viewed(as: vector)
    backwardArguments[DNNL_ARG_DIFF_SHIFT] = try beta?.gradients.viewed(as: vector)
    let primitive = try Primitive(backward, backwardArguments, scratchpad: builder.scratchpad)
    builder.setBackward([(.backwardData, builder.execution(of: primitive))])
    return output
  }
}
