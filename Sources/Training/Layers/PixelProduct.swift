import CConvolution
import COneDNN
import Tensors

/// A convolution by its definition, pixel by pixel: y[p] = Σₖ x[p·stride + k − padding] W[k] as
/// products of matrices with a row per sample, for the taps k that find a pixel.
///
/// Maps are copied into that order first. Where they have few pixels or a stride, that takes less
/// time than oneDNN loses: of the taps on a map of 2×2 more than half lie beyond it.
///
/// In bfloat16 with float32 sums, on processors that have an instruction for it. The results do
/// not depend on the number of threads.
struct PixelProduct {
  /// Copies beyond this many bytes cost more than they give.
  private static let limit = 80 << 20

  private let direction: Direction
  private let shape: cpixels_convolution
  private let source: Layout
  private let result: Layout
  private let weights: Layout
  private let rectifies: Bool

  /// - Returns: `nil` for other types, for channels that do not fill vectors, for many pixels, and
  ///   on other processors.
  init?(
    _ direction: Direction, source: Layout, result: Layout, weightSize: [Int], window: Window,
    rectifies: Bool
  ) throws {
    guard cwinograd_fuses() != 0, source.type == dnnl_bf16, weightSize[0].isMultiple(of: 32),
      weightSize[1].isMultiple(of: 32)
    else { return nil }
    self.direction = direction
    self.rectifies = rectifies
    // The gradient by the source is computed from that by the result.
    let isTransposed = direction == .backwardData
    let (from, to) =
      isTransposed
      ? (result.dimensions, source.dimensions) : (source.dimensions, result.dimensions)
    shape = cpixels_convolution(
      samples: from[0], inputs: from[1], outputs: to[1], source_height: from[2],
      source_width: from[3], result_height: to[2], result_width: to[3],
      kernel_height: window.kernel[0], kernel_width: window.kernel[1],
      stride_down: window.stride[0], stride_across: window.stride[1],
      padding_down: window.padding[0], padding_across: window.padding[1])
    self.source = try .blocked(source.dimensions, type: source.type)
    self.result = try .blocked(result.dimensions, type: source.type)
    weights = try .blockedKernels(weightSize)
    guard self.source.byteCount + self.result.byteCount <= Self.limit else { return nil }
  }

  func assemble(
    _ operands: Operands, in workspace: Workspace, _ builder: PlanBuilder
  ) throws -> [() throws -> Void] {
    var staging = Staging(scratchpad: workspace.scratchpad)
    let run: () -> Void
    switch direction {
    case .forward:
      run = try convolution(
        of: staging.input(operands.source, as: source, in: workspace.source),
        with: staging.input(operands.weights, as: weights, in: workspace.weights),
        bias: operands.bias,
        to: staging.output(operands.result, as: result, in: workspace.result), workspace,
        builder.team)
    case .backwardData:
      run = try convolution(
        of: staging.input(operands.result, as: result, in: workspace.result),
        with: staging.input(operands.weights, as: weights, in: workspace.weights), bias: nil,
        to: staging.output(operands.source, as: source, in: workspace.source), workspace,
        builder.team)
    case .backwardWeights:
      run = try gradient(
        of: staging.input(operands.source, as: source, in: workspace.source),
        staging.input(operands.result, as: result, in: workspace.result),
        to: staging.output(operands.weights, as: weights, in: workspace.weights),
        bias: operands.bias, workspace, builder.team)
    }
    return staging.before.map(builder.execution) + [run] + staging.after.map(builder.execution)
  }

  private var sourcePixels: Int { shape.source_height * shape.source_width }
  private var resultPixels: Int { shape.result_height * shape.result_width }

  private func convolution(
    of maps: Memory, with weights: Memory, bias: Memory?, to results: Memory,
    _ workspace: Workspace, _ team: ThreadTeam
  ) throws -> () -> Void {
    var shape = shape
    let taps = shape.kernel_height * shape.kernel_width
    let kernels = try workspace.kernels.memory(
      .plain([taps * shape.inputs * shape.outputs], type: dnnl_bf16))
    let rows = try workspace.patches.memory(
      .plain([cpixels_bytes(shape.samples, shape.inputs, sourcePixels) / 4]))
    let kernelUnits = cpixels_kernel_units(&shape)
    let units = cpixels_units(&shape)
    let isTransposed: Int32 = direction == .backwardData ? 1 : 0
    let rectifies: Int32 = rectifies ? 1 : 0
    let pixels = sourcePixels
    return { [shape] in
      team.forEachPart(of: shape.samples) { samples, _ in
        cpixels_pack(
          maps.address!, shape.samples, shape.inputs, pixels, samples.lowerBound,
          samples.upperBound, rows.address!)
      }
      team.forEachPart(of: kernelUnits) { units, _ in
        withUnsafePointer(to: shape) {
          cpixels_kernels(
            $0, weights.floats.baseAddress!, isTransposed, units.lowerBound, units.upperBound,
            kernels.address!)
        }
      }
      team.forEachPart(of: units) { units, _ in
        withUnsafePointer(to: shape) {
          cpixels_convolve(
            $0, rows.address!, kernels.address!, isTransposed, bias?.floats.baseAddress,
            rectifies, results.address!, units.lowerBound, units.upperBound)
        }
      }
    }
  }

  private func gradient(
    of maps: Memory, _ gradients: Memory, to weights: Memory, bias: Memory?,
    _ workspace: Workspace, _ team: ThreadTeam
  ) throws -> () -> Void {
    var shape = shape
    let sources = try workspace.patches.memory(
      .plain([cpixels_bytes(shape.samples, shape.inputs, sourcePixels) / 4]))
    let results = try workspace.points.memory(
      .plain([cpixels_bytes(shape.samples, shape.outputs, resultPixels) / 4]))
    let byteCount = cpixels_gradient_bytes(&shape)
    // Of scratch and partial sums only one is used, so they may share their bytes.
    let scratch = try ThreadScratch(byteCount: byteCount, for: team, in: workspace.kernels)
    let units = cpixels_gradient_units(&shape)
    let hasParts = cpixels_gradient_parts(&shape) > 1
    let partial = try workspace.kernels.memory(.plain([hasParts ? units * byteCount / 4 : 1]))
    let finishingUnits = hasParts ? cpixels_finishing_units(&shape) : 0
    let pairs = (shape.samples + 1) / 2
    let sums = try workspace.sums.memory(.plain([pairs * shape.outputs]))
    let (sourcePixels, resultPixels) = (sourcePixels, resultPixels)
    return { [shape] in
      let (partial, taps) = (partial.floats.baseAddress!, weights.floats.baseAddress!)
      let sums = sums.floats
      team.forEachPart(of: pairs) { pairs, _ in
        cpixels_pack_pairs(
          maps.address!, shape.samples, shape.inputs, sourcePixels, pairs.lowerBound,
          pairs.upperBound, sources.address!, nil)
        cpixels_pack_pairs(
          gradients.address!, shape.samples, shape.outputs, resultPixels, pairs.lowerBound,
          pairs.upperBound, results.address!, sums.baseAddress!)
      }
      team.forEachPart(of: units) { units, thread in
        withUnsafePointer(to: shape) {
          cpixels_gradient(
            $0, sources.address!, results.address!, units.lowerBound, units.upperBound, partial,
            taps, scratch[thread])
        }
      }
      team.forEachPart(of: finishingUnits) { units, _ in
        withUnsafePointer(to: shape) {
          cpixels_finish($0, units.lowerBound, units.upperBound, partial, taps)
        }
      }
      guard let bias = bias?.floats else { return }
      for output in 0..<shape.outputs {
        bias[output] = Float(
          (0..<pairs).reduce(0) { $0 + Double(sums[$1 * shape.outputs + output]) })
      }
    }
  }
}
