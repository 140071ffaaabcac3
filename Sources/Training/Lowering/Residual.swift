import COneDNN
import CollapseCore
import Networks

extension Residual: Lowerable {
  /// Gradients are few: the output's is masked where it lies, if the sum is rectified, and is the
  /// body's from there on, and the identity's as well; the input's holds the body's share until the shortcut's is added.
  func lower(
    _ input: Activation, at place: PlacedLayer, in builder: PlanBuilder
  ) throws -> Activation {
    if !builder.isTraining { return try inference(input, at: place, in: builder) }
    let fork = builder.backwardCount
    // Known once both ways are compiled.
    var shortcutGradient: Memory?
    var add: (() throws -> Void)?
    builder.setBackward(input.gradient == nil ? [] : [(.backwardData, { try add!() })])
    let main = try builder.lower(
      place.branches[0],
      Activation(shape: input.shape, value: input.value, gradient: input.gradient))
    let side: Activation
    if shortcut.isEmpty, let gradient = main.gradient, main.rectification != .forward,
      main.value.layout.isSame(as: input.value.layout)
    {
      // Nothing writes to the body's gradient any more once it is masked.
      builder.keep(gradient, until: fork)
      shortcutGradient = gradient
      side = Activation(shape: input.shape, value: input.value, gradient: nil)
    } else {
      shortcutGradient =
        input.gradient == nil ? nil : try builder.gradient(input.value.layout, until: fork)
      let branch = Activation(
        shape: input.shape, value: input.value, gradient: shortcutGradient)
      side = try builder.converted(builder.lower(place.branches[1], branch), to: main.value.layout)
    }
    if let gradient = input.gradient, let shortcutGradient {
      add = builder.execution(
        of: try addition(gradient, shortcutGradient, to: gradient, rectifies: false, builder))
    }
    return try join(main, side, in: builder)
  }

  /// The shortcut comes first: where nobody else reads what it gives, the sum is written over it, by the
  /// body's last convolution if there is one.
  private func inference(
    _ input: Activation, at place: PlacedLayer, in builder: PlanBuilder
  ) throws -> Activation {
    let branch = { Activation(shape: input.shape, value: input.value, gradient: nil) }
    var side = try builder.holding([input.value]) {
      try builder.lower(place.branches[1], branch())
    }
    if place.output.rank == 3 {
      side = try builder.converted(side, to: .maps(builder.dimensions(place.output)))
    }
    var end = Epilogue()
    if builder.mayOverwrite(side.value) {
      end = Epilogue(summand: side, rectifies: rectifies)
    }
    let main = try builder.holding([input.value, side.value]) {
      try builder.lower(place.branches[0], branch(), end: end)
    }
    if main.isSummed { return Activation(shape: main.shape, value: main.value, gradient: nil) }
    side = try builder.converted(side, to: main.value.layout)
    return try join(main, side, in: builder)
  }

  private func join(
    _ main: Activation, _ side: Activation, in builder: PlanBuilder
  ) throws -> Activation {
    let isFree = builder.mayOverwrite(main.value) && !main.value.includes(side.value)
    let output = Activation(
      shape: main.shape,
      value: isFree ? main.value : try builder.array(main.value.layout),
      gradient: try main.gradient
        ?? (builder.isTraining ? builder.gradient(main.value.layout) : nil))
    builder.addForward(
      try addition(main.value, side.value, to: output.value, rectifies: rectifies, builder))
    builder.reads(main.value)
    builder.reads(side.value)
    guard let gradient = output.gradient else { return output }
    builder.use(gradient)
    var steps: [(Step.Phase, () throws -> Void)] = []
    if rectifies {
      let mask = try ReLU.backward(value: output.value, from: gradient, to: gradient, builder)
      steps.append((.backwardData, builder.execution(of: mask)))
    }
    if let other = side.gradient {
      builder.use(other)
      let copy = try Reorder.primitive(from: gradient, to: other, scratchpad: builder.scratchpad)
      steps.append((.backwardData, builder.execution(of: copy)))
    }
    builder.setBackward(steps)
    return output
  }

  private func addition(
    _ first: Memory, _ second: Memory, to sum: Memory, rectifies: Bool, _ builder: PlanBuilder
  ) throws -> Primitive {
    let descriptor = try PrimitiveDescriptor("addition", .init(rectifies: rectifies)) {
      conednn_addition($0, $1, first.layout.handle, second.layout.handle, sum.layout.handle)
    }
    return try Primitive(
      descriptor,
      [DNNL_ARG_SRC_0: first, DNNL_ARG_SRC_1: second, DNNL_ARG_DST: sum],
      scratchpad: builder.scratchpad)
  }
}
