import COneDNN
import CollapseCore
import Networks

/// Builds the steps of one convolution, by the fastest variant in each direction.
struct ConvolutionCompiler {
  typealias Variant = ConvolutionVariant

  private let layer: Convolution
  private let source: Layout
  private let result: Layout
  /// What source and result consist of; the parameters and their gradients are float32.
  private let type: dnnl_data_type_t
  private let weightSize: [Int]
  private let biasLayout: Layout?
  private let rectifies: Bool
  /// Whether results are added to what is there.
  private let accumulates: Bool
  private let arrays: [LayerParameter]
  private let builder: PlanBuilder

  init(
    _ layer: Convolution, source: Layout, resultSize: [Int], arrays: [LayerParameter],
    _ builder: PlanBuilder
  ) throws {
    self.layer = layer
    self.source = source
    type = source.type
    rectifies = builder.epilogue.rectifies
    accumulates = builder.epilogue.summand != nil
    self.arrays = arrays
    self.builder = builder
    weightSize = arrays[0].shape.dimensions
    let hasBias = layer.bias || builder.epilogue.normalization != nil
    biasLayout = hasBias ? try .plain([layer.outputs]) : nil
    result = try .maps(resultSize, type: type)
  }

  func compile(_ input: Activation, shape: Shape) throws -> Activation {
    let stored = try storedLayout()
    let weight = try builder.parameter(arrays[0]) { stored }
    let variant = try choose(.forward, stored)
    let bias = layer.bias ? try builder.parameter(arrays[1]) { biasLayout! } : nil
    let folded = try builder.folded(weight, bias)
    let output =
      try builder.epilogue.summand.map {
        Activation(shape: shape, value: $0.value, gradient: nil)
      } ?? builder.activation(shape, result)
    output.rectification = rectifies ? .forward : .none
    output.isNormalized = folded != nil
    output.isSummed = accumulates
    let operands = Operands(
      source: input.value, weights: folded?.weights ?? weight.values,
      bias: folded?.bias ?? bias?.values, result: output.value)
    for run in try assemble(.forward, variant, operands, in: builder.workspace) {
      builder.addForward(run)
    }
    guard let gradient = output.gradient else { return output }
    var steps: [(Step.Phase, () throws -> Void)] = []
    func add(_ direction: Direction, _ phase: Step.Phase, _ operands: Operands) throws {
      let variant = try choose(direction, stored)
      for run in try assemble(direction, variant, operands, in: builder.workspace) {
        steps.append((phase, run))
      }
    }
    try add(
      .backwardWeights, .backwardWeights,
      Operands(
        source: input.value, weights: weight.gradients, bias: bias?.gradients, result: gradient))
    if let inputGradient = input.gradient {
      builder.use(inputGradient)
      try add(
        .backwardData, .backwardData,
        Operands(source: inputGradient, weights: weight.values, bias: nil, result: gradient))
    }
    builder.setBackward(steps)
    return output
  }

  // MARK: Choosing

  /// How the kernel is kept: as the first plan's direct forward convolution in float32 has it.
  /// Variants that want another layout or type reorder it in each step, which their time includes.
  private func storedLayout() throws -> Layout {
    if let parameter = builder.existingParameter(arrays[0]) { return parameter.layout }
    let maps = try type == dnnl_f32 ? source : .maps(source.dimensions)
    let result = try Layout.maps(result.dimensions)
    let weights = try Layout.any(weightSize)
    return try PrimitiveDescriptor("convolution forward") {
      conednn_convolution_forward(
        $0, $1, builder.isTraining ? dnnl_forward_training : dnnl_forward_inference,
        dnnl_convolution_direct, maps.handle, weights.handle, biasLayout?.handle, result.handle,
        layer.window.native)
    }.layout(DNNL_ARG_WEIGHTS, weightSize)
  }

  private func choose(_ direction: Direction, _ stored: Layout) throws -> Variant {
    var seen: Set<String> = []
    let candidates = Variant.all(builder.algorithms.policy, direction)
    let size =
      "\(direction.rawValue) \(source.dimensions) \(weightSize) \(layer.window.stride) "
      + "\(layer.window.padding) \(layer.bias) \(rectifies) \(builder.team.threads)"
      + " \(builder.algorithms.policy.rawValue)\(type == dnnl_f32 ? "" : " bfloat16")"
    let chosen = try builder.algorithms.choose(
      "\(builder.layer)/\(direction.rawValue)", size: size, among: candidates, id: \.id,
      mayTime: builder.isTraining,
      canBuild: { variant in
        if variant.method == .product { return (try? kernelProduct) != nil }
        // Sums are in the arrangement of the maps.
        if accumulates, variant.arrangement != .native { return false }
        if variant.method.blocked != nil { return (try? blocked(direction, variant)) != nil }
        guard let found = try? descriptor(direction, variant),
          !overrunsItsScratchpad(found, direction)
        else { return false }
        return seen.insert("\(found.implementation) \(variant.arrangement)").inserted
      },
      // What oneDNN has no vectorized implementation of runs in plain loops, a thousand times
      // slower.
      isLastResort: { variant in
        if variant.method == .product { return false }
        if let found = try? blocked(direction, variant) {
          return (try? found.isVectorized) != true
        }
        return (try? descriptor(direction, variant))?.isInPlainLoops == true
      },
      isFastAsARule: { $0.method == .winogradProduct && type == dnnl_f32 && weightSize[1] >= 32 },
      prepare: { try trial(direction, $0, stored) })
    guard let chosen else {
      throw TrainingError(
        kind: .internalFailure, operation: "find an algorithm for \(direction.rawValue)",
        reason: "oneDNN has none for kernel \(Shape(weightSize))")
    }
    return chosen
  }

  /// One run on made-up numbers, reorders included.
  private func trial(
    _ direction: Direction, _ variant: Variant, _ stored: Layout
  ) throws -> () throws -> Void {
    let algorithms = builder.algorithms
    let hasBias = direction != .backwardData
    let operands = Operands(
      source: try algorithms.sample(source, role: "source"),
      weights: try algorithms.sample(stored, role: "weights"),
      bias: hasBias ? try biasLayout.map { try algorithms.sample($0, role: "bias") } : nil,
      result: try algorithms.sample(result, role: "result"))
    let workspace = Workspace()
    let runs = try assemble(direction, variant, operands, in: workspace)
    try workspace.settle { algorithms.buffer("pad \($0)", $1) }
    return { for run in runs { try run() } }
  }

  /// Whether oneDNN's implementation writes past the scratch memory it asks for: its own kernel for
  /// the gradient of a strided 1×1 kernel does with channels innermost and fewer of them than a
  /// vector register holds. What follows is a wrong gradient, a thread that waits forever or a
  /// crash. All versions up to now do (oneDNN issue 6035).
  private func overrunsItsScratchpad(
    _ descriptor: PrimitiveDescriptor, _ direction: Direction
  ) -> Bool {
    direction == .backwardWeights && descriptor.implementation.hasPrefix("jit_1x1")
      && layer.window.stride != [1, 1] && weightSize[1] < 16
  }

  // MARK: Building

  private var kernelProduct: KernelGradientProduct {
    get throws {
      try KernelGradientProduct(
        source: source, result: result, weightSize: weightSize, window: layer.window,
        bias: biasLayout)
    }
  }

  /// The convolution written here, if the variant is one and applies.
  private func blocked(
    _ direction: Direction, _ variant: Variant
  ) throws -> (any BlockedConvolution)? {
    try variant.method.blocked?.init(
      ConvolutionProblem(
        direction, source: source, result: result, weightSize: weightSize, window: layer.window,
        rectifies: rectifies, accumulates: accumulates))
  }

  private func assemble(
    _ direction: Direction, _ variant: Variant, _ operands: Operands, in workspace: Workspace
  ) throws -> [() throws -> Void] {
    if variant.method == .product {
      return try kernelProduct.assemble(operands, in: workspace, builder)
    }
    if variant.method.blocked != nil {
      guard let found = try blocked(direction, variant) else {
        throw TrainingError(
          kind: .internalFailure, operation: "build \(variant.id)", reason: "it does not apply")
      }
      return try found.assemble(operands, in: workspace, builder)
    }
    return try descriptor(direction, variant).assemble(direction, operands, in: workspace)
      .map(builder.execution)
  }

  private func descriptor(_ direction: Direction, _ variant: Variant) throws -> PrimitiveDescriptor
  {
    func arranged(_ layout: Layout) throws -> Layout {
      switch variant.arrangement {
      case .native: layout
      case .channelsLast: try .channelsLast(layout.dimensions, type: type)
      case .planar: try .plain(layout.dimensions, type: type)
      }
    }
    let source = try arranged(source)
    let result = try arranged(result)
    let weights = try Layout.any(
      weightSize, type: direction == .backwardWeights ? dnnl_f32 : type)
    let window = layer.window.native
    // For inference Winograd's kernels come transformed, which would have to be done anew
    // whenever a parameter changed.
    let kind =
      builder.isTraining || variant.method == .winograd
      ? dnnl_forward_training : dnnl_forward_inference
    var request = PrimitiveDescriptor.Request(
      accumulates: accumulates, rectifies: direction == .forward && rectifies,
      skipped: variant.skipped)
    // A hint about the layouts of the direction forward, whatever computes that.
    if direction != .forward {
      request.forward = try descriptor(.forward, Variant(.direct, variant.arrangement))
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
}
