import COneDNN
import CollapseCore
import Networks

extension MaxPooling: Lowerable {
  func lower(
    _ input: Activation, at place: PlacedLayer, in builder: PlanBuilder
  ) throws -> Activation {
    try Pooling.compile(
      input, window: window, algorithm: dnnl_pooling_max, shape: place.output,
      flattened: false, in: builder)
  }
}

extension AveragePooling: Lowerable {
  func lower(
    _ input: Activation, at place: PlacedLayer, in builder: PlanBuilder
  ) throws -> Activation {
    try Pooling.compile(
      input, window: window, algorithm: dnnl_pooling_avg_include_padding,
      shape: place.output, flattened: false, in: builder)
  }
}

extension GlobalAveragePooling: Lowerable {
  func lower(
    _ input: Activation, at place: PlacedLayer, in builder: PlanBuilder
  ) throws -> Activation {
    try Pooling.compile(
      input, window: Window(kernel: [input.shape[1], input.shape[2]]),
      algorithm: dnnl_pooling_avg_include_padding, shape: place.output,
      flattened: true, in: builder)
  }
}

/// What the poolings share.
private enum Pooling {
  /// - Parameter flattened: whether maps of one pixel come out as vectors.
  static func compile(
    _ input: Activation, window: Window, algorithm: dnnl_alg_kind_t, shape: Shape,
    flattened: Bool, in builder: PlanBuilder
  ) throws -> Activation {
    let source = input.value.layout
    let mapSize = flattened ? [builder.batch, shape[0], 1, 1] : builder.dimensions(shape)
    let wanted = try Layout.any(mapSize, type: source.type)
    let forward = try PrimitiveDescriptor("pooling") {
      conednn_pooling_forward(
        $0, $1, builder.isTraining ? dnnl_forward_training : dnnl_forward_inference, algorithm,
        source.handle, wanted.handle, window.native)
    }
    let blocked = try BlockedPooling(
      source, mapSize, forward, window: window, takesLargest: algorithm == dnnl_pooling_max)
    let maps = blocked?.result ?? forward.layout(DNNL_ARG_DST, mapSize)
    // Maps of one pixel are vectors in every layout, unless channels are padded to a block.
    let vectors = try Layout.plain(builder.dimensions(shape), type: source.type)
    let isView = flattened && maps.byteCount == vectors.byteCount
    let output = try builder.activation(shape, flattened ? vectors : maps)
    func map(_ memory: Memory) throws -> Memory { isView ? try memory.viewed(as: maps) : memory }
    let needsCopy = flattened && !isView

    let value = needsCopy ? try builder.array(maps) : try map(output.value)
    let workspace =
      try blocked != nil
      ? blocked?.workspace(in: builder)
      : forward.optionalLayout(DNNL_ARG_WORKSPACE).map { try Memory($0) }
    if let blocked {
      builder.addForward(blocked.forward(of: input.value, to: value, workspace, builder.team))
    } else {
      var arguments: [Int32: Memory] = [DNNL_ARG_SRC: input.value, DNNL_ARG_DST: value]
      arguments[DNNL_ARG_WORKSPACE] = workspace
      builder.addForward(try Primitive(forward, arguments, scratchpad: builder.scratchpad))
    }
    let plainMaps = try Layout.plain(mapSize, type: source.type)
    if needsCopy {
      builder.addForward(
        try Reorder.primitive(
          from: value, to: output.value.viewed(as: plainMaps), scratchpad: builder.scratchpad))
    }
    guard let gradient = output.gradient else { return output }
    var steps: [(Step.Phase, () throws -> Void)] = []
    if let inputGradient = input.gradient {
      builder.use(inputGradient)
      let mapGradient = needsCopy ? try Memory(maps) : try map(gradient)
      if needsCopy {
        let copy = try Reorder.primitive(
          from: gradient.viewed(as: plainMaps), to: mapGradient, scratchpad: builder.scratchpad)
        steps.append((.backwardData, builder.execution(of: copy)))
      }
      if let blocked {
        let run = blocked.backward(of: mapGradient, workspace, to: inputGradient, builder.team)
        steps.append((.backwardData, run))
      } else {
        let backward = try PrimitiveDescriptor("pooling by data", .init(forward: forward)) {
          conednn_pooling_backward(
            $0, $1, algorithm, source.handle, maps.handle, window.native)
        }
        var arguments: [Int32: Memory] = [
          DNNL_ARG_DIFF_DST: mapGradient, DNNL_ARG_DIFF_SRC: inputGradient,
        ]
        arguments[DNNL_ARG_WORKSPACE] = workspace
        let primitive = try Primitive(backward, arguments, scratchpad: builder.scratchpad)
        steps.append((.backwardData, builder.execution(of: primitive)))
      }
    }
    builder.setBackward(steps)
    return output
  }
}
