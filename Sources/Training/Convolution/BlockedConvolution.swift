import COneDNN
import Networks

/// A convolution written here, in one direction, of maps and kernels in blocks of 16 channels.
protocol BlockedConvolution {
  var problem: ConvolutionProblem { get }

  /// - Returns: `nil` where it does not apply.
  init?(_ problem: ConvolutionProblem) throws

  /// Whether it runs in more than plain loops.
  var isVectorized: Bool { get throws }

  /// The convolution, or for ``Direction/backwardData`` what is one too: from the gradient by its
  /// result to that by its source.
  func convolution(
    of maps: Memory, with weights: Memory, bias: Memory?, to results: Memory,
    _ workspace: Workspace, _ builder: PlanBuilder
  ) throws -> [() throws -> Void]

  /// The gradient by the kernels and the bias.
  func gradient(
    of maps: Memory, _ gradients: Memory, to weights: Memory, bias: Memory?,
    _ workspace: Workspace, _ builder: PlanBuilder
  ) throws -> [() throws -> Void]
}

/// What is to be computed, and where it wants maps and kernels.
struct ConvolutionProblem {
  let direction: Direction
  let window: Window
  /// Outputs, inputs, height and width of the kernels.
  let weightSize: [Int]
  let rectifies: Bool
  /// Whether results of the direction forward are added to what is there.
  let accumulates: Bool
  let source: Layout
  let result: Layout
  let weights: Layout

  /// - Parameters:
  ///   - source: of the maps; any layout, as `result`.
  ///   - rectifies: whether negative results of the direction forward become zero.
  ///   - accumulates: whether they are added to what is there, before that.
  init(
    _ direction: Direction, source: Layout, result: Layout, weightSize: [Int], window: Window,
    rectifies: Bool, accumulates: Bool = false
  ) throws {
    (self.direction, self.window, self.weightSize) = (direction, window, weightSize)
    self.rectifies = direction == .forward && rectifies
    self.accumulates = direction == .forward && accumulates
    self.source = try .blocked(source.dimensions, type: source.type)
    self.result = try .blocked(result.dimensions, type: source.type)
    weights = try .blockedKernels(weightSize)
  }

  /// Of the maps.
  var type: dnnl_data_type_t { source.type }

  /// Whether the channels on both sides fill vectors of so many.
  func fills(_ channels: Int) -> Bool {
    weightSize[0].isMultiple(of: channels) && weightSize[1].isMultiple(of: channels)
  }

  /// Layouts of what a convolution comes from and what it makes, which backward swap places.
  var ends: (from: Layout, to: Layout) {
    direction == .backwardData ? (result, source) : (source, result)
  }
}

extension BlockedConvolution {
  var isVectorized: Bool { true }

  func assemble(
    _ operands: Operands, in workspace: Workspace, _ builder: PlanBuilder
  ) throws -> [() throws -> Void] {
    var staging = Staging(scratchpad: workspace.scratchpad)
    let run =
      switch problem.direction {
      case .forward:
        try convolution(
          of: staging.input(operands.source, as: problem.source, in: workspace.source),
          with: staging.input(operands.weights, as: problem.weights, in: workspace.weights),
          bias: operands.bias,
          to: staging.output(operands.result, as: problem.result, in: workspace.result),
          workspace, builder)
      case .backwardData:
        try convolution(
          of: staging.input(operands.result, as: problem.result, in: workspace.result),
          with: staging.input(operands.weights, as: problem.weights, in: workspace.weights),
          bias: nil,
          to: staging.output(operands.source, as: problem.source, in: workspace.source),
          workspace, builder)
      case .backwardWeights:
        try gradient(
          of: staging.input(operands.source, as: problem.source, in: workspace.source),
          staging.input(operands.result, as: problem.result, in: workspace.result),
          to: staging.output(operands.weights, as: problem.weights, in: workspace.weights),
          bias: operands.bias, workspace, builder)
      }
    return staging.before.map(builder.execution) + run + staging.after.map(builder.execution)
  }
}
