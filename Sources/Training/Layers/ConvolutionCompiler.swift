import COneDNN
import Tensors

/// Builds the steps of one convolution, by the fastest variant in each direction.
struct ConvolutionCompiler {
  typealias Variant = ConvolutionVariant

  private let layer: Convolution
  private let source: Layout
  private let result: Layout
  private let weightSize: [Int]
  private let biasLayout: Layout?
  private let rectifies: Bool
  private let arrays: [LayerParameter]
  private let builder: PlanBuilder

  init(
    _ layer: Convolution, source: Layout, resultSize: [Int], rectifies: Bool,
    arrays: [LayerParameter], _ builder: PlanBuilder
  ) throws {
    self.layer = layer
    self.source = source
    self.rectifies = rectifies
    self.arrays = arrays
    self.builder = builder
    weightSize = arrays[0].shape.dimensions
    biasLayout = layer.bias ? try .plain([layer.outputs]) : nil
    // Blocks of 16 channels fill a vector register; other counts would be padded to them, which
    // costs and which some primitives refuse.
    result =
      layer.outputs.isMultiple(of: 16) ? try .blocked(resultSize) : try .channelsLast(resultSize)
  }

  func compile(_ input: Activation, shape: Shape) throws -> Activation {
    let stored = try storedLayout()
    let weight = try builder.parameter(arrays[0]) { stored }
    let forward = try descriptor(.forward, choose(.forward, stored), forward: nil)
    let bias = layer.bias ? try builder.parameter(arrays[1]) { biasLayout! } : nil
    let output = try builder.activation(shape, result)
    output.rectification = rectifies ? .forward : .none
    let arguments = Arguments(
      source: input.value, weights: weight.values, bias: bias?.values, result: output.value)
    for primitive in try assemble(.forward, forward, arguments, in: .init(builder)) {
      builder.addForward(primitive)
    }
    guard let gradient = output.gradient else { return output }
    var steps: [(Step.Phase, () throws -> Void)] = []
    func add(_ direction: Variant.Direction, _ phase: Step.Phase, _ arguments: Arguments) throws {
      let descriptor = try descriptor(direction, choose(direction, stored), forward: forward)
      for primitive in try assemble(direction, descriptor, arguments, in: .init(builder)) {
        steps.append((phase, builder.execution(of: primitive)))
      }
    }
    try add(
      .backwardWeights, .backwardWeights,
      Arguments(
        source: input.value, weights: weight.gradients, bias: bias?.gradients, result: gradient))
    if let inputGradient = input.gradient {
      builder.use(inputGradient)
      try add(
        .backwardData, .backwardData,
        Arguments(source: inputGradient, weights: weight.values, bias: nil, result: gradient))
    }
    builder.setBackward(steps)
    return output
  }

  // MARK: Choosing

  /// How the kernel is kept: as the first plan's direct forward convolution has it. Variants
  /// that want another layout reorder it in each step, which their time includes.
  private func storedLayout() throws -> Layout {
    if let parameter = builder.existingParameter(arrays[0]) { return parameter.layout }
    let direct = Variant(isWinograd: false, arrangement: .native, skipped: 0)
    return try descriptor(.forward, direct, forward: nil).layout(DNNL_ARG_WEIGHTS, weightSize)
  }

  private func choose(_ direction: Variant.Direction, _ stored: Layout) throws -> Variant {
    var seen: Set<String> = []
    let candidates = Variant.all(builder.algorithms.policy)
    let size =
      "\(direction.rawValue) \(source.dimensions) \(weightSize) \(layer.window.stride) "
      + "\(layer.window.padding) \(layer.bias) \(rectifies) \(builder.team.threads)"
    let chosen = try builder.algorithms.choose(
      "\(builder.layer)/\(direction.rawValue)", size: size, among: candidates, id: \.id,
      mayTime: builder.isTraining,
      canBuild: { variant in
        guard let found = try? descriptor(direction, variant, forward: nil) else { return false }
        // What has no vectorized implementation falls back to plain loops, a hundred times
        // slower: a candidate only where there is nothing else.
        let isReference = found.implementation.contains("ref")
        let key = "\(found.implementation) \(variant.arrangement)"
        return seen.insert(key).inserted && (!isReference || seen.count == 1)
      },
      time: { variant, limit in try time(direction, variant, stored, limit) })
    guard let chosen else {
      throw TrainingError(
        kind: .internalFailure, operation: "find an algorithm for \(direction.rawValue)",
        reason: "oneDNN has none for kernel \(Shape(weightSize))")
    }
    return chosen
  }

  /// Seconds of one run on made-up numbers, reorders included.
  private func time(
    _ direction: Variant.Direction, _ variant: Variant, _ stored: Layout, _ limit: Double
  ) throws -> Double {
    let descriptor = try descriptor(direction, variant, forward: nil)
    let sample = builder.algorithms.sample
    let hasBias = direction != .backwardData
    let arguments = Arguments(
      source: try sample(source, "source"), weights: try sample(stored, "weights"),
      bias: hasBias ? try biasLayout.map { try sample($0, "bias") } : nil,
      result: try sample(result, "result"))
    let workspace = Workspace()
    let primitives = try assemble(direction, descriptor, arguments, in: workspace)
    try workspace.settle()
    var least = Double.infinity
    for _ in 0..<3 {
      let pace = Pace()
      for primitive in primitives { try primitive.execute(on: builder.stream) }
      least = min(least, pace.seconds)
      if least > 2 * limit { break }
    }
    return least
  }

  // MARK: Building

  private func descriptor(
    _ direction: Variant.Direction, _ variant: Variant, forward: PrimitiveDescriptor?
  ) throws -> PrimitiveDescriptor {
    func arranged(_ layout: Layout) throws -> Layout {
      switch variant.arrangement {
      case .native: layout
      case .channelsLast: try .channelsLast(layout.dimensions)
      case .planar: try .plain(layout.dimensions)
      }
    }
    let source = try arranged(source)
    let result = try arranged(result)
    let weights = try Layout.any(weightSize)
    let window = layer.window.native
    // For inference Winograd's kernels come transformed, which would have to be done anew
    // whenever a parameter changed.
    let kind =
      builder.isTraining || variant.isWinograd ? dnnl_forward_training : dnnl_forward_inference
    var request = PrimitiveDescriptor.Request(
      forward: forward, rectifies: direction == .forward && rectifies, skipped: variant.skipped)
    if direction != .forward, forward == nil {
      var plain = variant
      if variant.skipped > 0 || variant.isWinograd {
        plain = Variant(isWinograd: false, arrangement: variant.arrangement, skipped: 0)
      }
      request.forward = try descriptor(.forward, plain, forward: nil)
    }
    return try PrimitiveDescriptor("convolution \(direction.rawValue)", request) {
      switch direction {
      case .forward:
        conednn_convolution_forward(
          $0, $1, kind, variant.algorithm, source.handle, weights.handle, biasLayout?.handle,
          result.handle, window)
      case .backwardData:
        conednn_convolution_backward_data(
          $0, $1, variant.algorithm, source.handle, weights.handle, result.handle, window)
      case .backwardWeights:
        conednn_convolution_backward_weights(
          $0, $1, variant.algorithm, source.handle, weights.handle, biasLayout?.handle,
          result.handle, window)
      }
    }
  }

  /// The arrays of a convolution in one direction; `source` and `result` may be gradients.
  struct Arguments {
    let source: Memory
    let weights: Memory
    let bias: Memory?
    let result: Memory
  }

  /// Shared memory for reordered copies, one kind beside the other.
  struct Workspace {
    let scratchpad: Scratchpad
    let source: Scratchpad
    let weights: Scratchpad
    let result: Scratchpad

    init() {
      scratchpad = Scratchpad()
      source = Scratchpad()
      weights = Scratchpad()
      result = Scratchpad()
    }

    init(_ builder: PlanBuilder) {
      scratchpad = builder.scratchpad
      source = builder.staging[0]
      weights = builder.staging[1]
      result = builder.staging[2]
    }

    func settle() throws {
      for pad in [scratchpad, source, weights, result] { try pad.settle() }
    }
  }

  /// The primitive, with a reorder for every array it wants in another layout.
  private func assemble(
    _ direction: Variant.Direction, _ descriptor: PrimitiveDescriptor, _ arguments: Arguments,
    in workspace: Workspace
  ) throws -> [Primitive] {
    let keys = Variant.arguments(direction)
    var before: [Primitive] = []
    var after: [Primitive] = []
    func staged(_ memory: Memory, _ key: Int32, _ pad: Scratchpad, isOutput: Bool) throws -> Memory
    {
      let wanted = descriptor.layout(key, memory.layout.dimensions)
      if wanted.isSame(as: memory.layout) { return memory }
      let copy = try pad.memory(wanted)
      if isOutput {
        after.append(
          try Reorder.primitive(from: copy, to: memory, scratchpad: workspace.scratchpad))
      } else {
        before.append(
          try Reorder.primitive(from: memory, to: copy, scratchpad: workspace.scratchpad))
      }
      return copy
    }
    var memories: [Int32: Memory] = [
      keys.source: try staged(
        arguments.source, keys.source, workspace.source, isOutput: direction == .backwardData),
      keys.weights: try staged(
        arguments.weights, keys.weights, workspace.weights,
        isOutput: direction == .backwardWeights),
      keys.result: try staged(
        arguments.result, keys.result, workspace.result, isOutput: direction == .forward),
    ]
    memories[keys.bias] = arguments.bias
    let primitive = try Primitive(descriptor, memories, scratchpad: workspace.scratchpad)
    return before + [primitive] + after
  }
}

extension ConvolutionVariant {
  /// What oneDNN calls the arrays in a direction.
  static func arguments(
    _ direction: Direction
  ) -> (source: Int32, weights: Int32, bias: Int32, result: Int32) {
    switch direction {
    case .forward: (DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS, DNNL_ARG_DST)
    case .backwardData:
      (DNNL_ARG_DIFF_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS, DNNL_ARG_DIFF_DST)
    case .backwardWeights:
      (DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_BIAS, DNNL_ARG_DIFF_DST)
    }
  }
}
