import COneDNN
package import Tensors

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

  package func compile(_ input: Activation, in builder: PlanBuilder) throws -> Activation {
    let fork = builder.backwardCount
    // What the input's gradient is the sum of is known once both ways are compiled.
    var sum: (() throws -> Void)?
    let add = builder.isTraining && input.gradient != nil ? { try sum!() } : nil
    let first = try branch(input, until: fork, in: builder)
    builder.setBackward(add.map { [(.backwardData, $0)] } ?? [])
    let main = try builder.compile(body, first)
    let second: Memory?
    let output: Activation
    if shortcut.isEmpty, let gradient = main.gradient, main.rectification != .forward,
      main.value.layout.isSame(as: input.value.layout)
    {
      // What the body's gradient is, the identity's is too, and nothing writes to it any more.
      builder.keep(gradient, until: fork)
      second = gradient
      output = try join(
        main, Activation(shape: input.shape, value: input.value, gradient: nil), in: builder)
    } else {
      let branch = try branch(input, until: fork, in: builder)
      second = branch.gradient
      let side = try builder.converted(
        builder.compile(shortcut, branch), to: main.value.layout)
      output = try join(main, side, in: builder)
    }
    if let gradient = input.gradient, let first = first.gradient, let second {
      builder.use(gradient, at: fork)
      sum = builder.execution(
        of: try addition(first, second, to: gradient, rectifies: false, builder))
    }
    return output
  }

  /// The input with a gradient of its own, needed until the step backward `fork`.
  private func branch(
    _ input: Activation, until fork: Int, in builder: PlanBuilder
  ) throws -> Activation {
    Activation(
      shape: input.shape, value: input.value,
      gradient: input.gradient == nil ? nil : try builder.gradient(input.value.layout, until: fork))
  }

  private func join(
    _ main: Activation, _ side: Activation, in builder: PlanBuilder
  ) throws -> Activation {
    let layout = main.value.layout
    let output = try builder.activation(main.shape, layout)
    builder.addForward(
      try addition(main.value, side.value, to: output.value, rectifies: true, builder))
    guard let gradient = output.gradient else { return output }
    var steps: [(Step.Phase, () throws -> Void)] = []
    let targets = [main.gradient, side.gradient].compactMap(\.self)
    if let first = targets.first {
      builder.use(first)
      let mask = try ReLU.backward(value: output.value, from: gradient, to: first, builder)
      steps.append((.backwardData, builder.execution(of: mask)))
      for other in targets.dropFirst() {
        builder.use(other)
        let copy = try Reorder.primitive(
          from: first, to: other, scratchpad: builder.scratchpad)
        steps.append((.backwardData, builder.execution(of: copy)))
      }
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
