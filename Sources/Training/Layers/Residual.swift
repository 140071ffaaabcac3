import COneDNN
package import CollapseCore

/// max(f(x) + g(x), 0) with f the body and g the shortcut: the identity, or layers that bring x
/// to the body's shape.
///
/// Source: He et al., "Deep Residual Learning for Image Recognition", 2016.
package struct Residual: Layer {
  package static let kind = "residual"

  package var body: [LayerDescription]
  /// Empty for the identity.
  package var shortcut: [LayerDescription]

  package init(body: [LayerDescription], shortcut: [LayerDescription] = []) {
    self.body = body
    self.shortcut = shortcut
  }

  package func outputShape(for input: Shape) throws -> Shape {
    let shape = try body.outputShape(for: input)
    let side = try shortcut.outputShape(for: input)
    guard shape == side else {
      throw refuse(input, "its body gives \(shape), its shortcut \(side)")
    }
    return shape
  }

  package func sublayers(input: Shape) -> [(layers: [LayerDescription], input: Shape)] {
    [(body, input), (shortcut, input)]
  }

  package func operationCount(input: Shape, output: Shape) -> Int { output.elementCount }

  /// Gradients are few: the output's is masked where it lies and is the body's from there on, and
  /// the identity's as well; the input's holds the body's share until the shortcut's is added.
  package func compile(_ input: Activation, in builder: PlanBuilder) throws -> Activation {
    let fork = builder.backwardCount
    // Known once both ways are compiled.
    var shortcutGradient: Memory?
    var add: (() throws -> Void)?
    builder.setBackward(input.gradient == nil ? [] : [(.backwardData, { try add!() })])
    let main = try builder.compile(
      body, Activation(shape: input.shape, value: input.value, gradient: input.gradient))
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
      side = try builder.converted(builder.compile(shortcut, branch), to: main.value.layout)
    }
    if let gradient = input.gradient, let shortcutGradient {
      add = builder.execution(
        of: try addition(gradient, shortcutGradient, to: gradient, rectifies: false, builder))
    }
    return try join(main, side, in: builder)
  }

  private func join(
    _ main: Activation, _ side: Activation, in builder: PlanBuilder
  ) throws -> Activation {
    let output = Activation(
      shape: main.shape, value: try Memory(main.value.layout),
      gradient: try main.gradient
        ?? (builder.isTraining ? builder.gradient(main.value.layout) : nil))
    builder.addForward(
      try addition(main.value, side.value, to: output.value, rectifies: true, builder))
    guard let gradient = output.gradient else { return output }
    builder.use(gradient)
    let mask = try ReLU.backward(value: output.value, from: gradient, to: gradient, builder)
    var steps = [(Step.Phase.backwardData, builder.execution(of: mask))]
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

extension Residual {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    body = try container.decode([LayerDescription].self, forKey: .body)
    shortcut = try container.value(.shortcut, default: [])
  }
}
