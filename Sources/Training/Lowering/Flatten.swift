import COneDNN
import CollapseCore
import Networks

extension Flatten: Lowerable {
  func lower(
    _ input: Activation, at place: PlacedLayer, in builder: PlanBuilder
  ) throws -> Activation {
    let shape = place.output
    let type = input.value.layout.type
    let flat = try Layout.plain(builder.dimensions(shape), type: type)
    let plain = try Layout.plain(builder.dimensions(input.shape), type: type)
    // The network's input is plain already: the vectors are another view of the same bytes,
    // which are placed later.
    if input.gradient == nil, input.value.layout.isSame(as: plain) {
      let view = try input.value.viewed(as: flat)
      if builder.isTraining { builder.setBackward([]) }
      return Activation(shape: shape, value: view, gradient: nil)
    }
    let output = try builder.activation(shape, flat)
    let values = try output.value.viewed(as: plain)
    builder.addForward(
      try Reorder.primitive(from: input.value, to: values, scratchpad: builder.scratchpad))
    guard let gradient = output.gradient else { return output }
    var steps: [(Step.Phase, () throws -> Void)] = []
    if let inputGradient = input.gradient {
      builder.use(inputGradient)
      let view = try gradient.viewed(as: plain)
      let copy = try Reorder.primitive(
        from: view, to: inputGradient, scratchpad: builder.scratchpad)
      steps.append((.backwardData, builder.execution(of: copy)))
    }
    builder.setBackward(steps)
    return output
  }
}
