import CConvolution
import COneDNN
import Tensors

/// A 3×3 convolution by Winograd's F(4×4, 3×3), a few tiles at a time: each thread transforms
/// them, multiplies them with the kernels and transforms the products back while all of it is in
/// its cache. ``WinogradProduct`` writes each of the three to memory, which takes longer than the
/// products where there are few channels.
///
/// In bfloat16 with float32 sums, on processors that have an instruction for it; rounded as there.
/// The results do not depend on the number of threads.
struct FusedWinograd {
  private let direction: Direction
  private let shape: cwinograd_convolution
  private let source: Layout
  private let result: Layout
  private let weights: Layout
  private let rectifies: Bool

  /// - Returns: `nil` for other windows and types, for channels that do not fill vectors, and on
  ///   other processors.
  init?(
    _ direction: Direction, source: Layout, result: Layout, weightSize: [Int], window: Window,
    rectifies: Bool
  ) throws {
    guard cwinograd_fuses() != 0, source.type == dnnl_bf16, window == Window(3, padding: 1),
      weightSize[0].isMultiple(of: 32), weightSize[1].isMultiple(of: 32)
    else { return nil }
    self.direction = direction
    self.rectifies = rectifies
    // The gradient by the source is a convolution of that by the result.
    let isTurned = direction == .backwardData
    shape = cwinograd_convolution(
      samples: source.dimensions[0], inputs: weightSize[isTurned ? 0 : 1],
      outputs: weightSize[isTurned ? 1 : 0], height: source.dimensions[2],
      width: source.dimensions[3])
    self.source = try .blocked(source.dimensions, type: source.type)
    self.result = try .blocked(result.dimensions, type: source.type)
    weights = try .blockedKernels(weightSize)
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

  private func convolution(
    of maps: Memory, with weights: Memory, bias: Memory?, to results: Memory,
    _ workspace: Workspace, _ team: ThreadTeam
  ) throws -> () -> Void {
    var shape = shape
    let prepared = try workspace.kernels.memory(
      .plain([cwinograd_fused_prepared_bytes(&shape) / 4]))
    let scratch = try ThreadScratch(
      byteCount: cwinograd_fused_scratch(&shape), for: team, in: workspace.patches)
    let preparingUnits = cwinograd_fused_preparing_units(&shape)
    let units = cwinograd_fused_units(&shape)
    let isTurned: Int32 = direction == .backwardData ? 1 : 0
    let rectifies: Int32 = rectifies ? 1 : 0
    return { [shape] in
      let taps = weights.floats.baseAddress!
      team.forEachPart(of: preparingUnits) { units, _ in
        withUnsafePointer(to: shape) {
          cwinograd_fused_prepare(
            $0, maps.address!, taps, isTurned, units.lowerBound, units.upperBound,
            prepared.address!)
        }
      }
      team.forEachPart(of: units) { units, thread in
        withUnsafePointer(to: shape) {
          cwinograd_fused(
            $0, maps.address!, taps, isTurned, prepared.address!, bias?.floats.baseAddress,
            rectifies, results.address!, units.lowerBound, units.upperBound, scratch[thread])
        }
      }
    }
  }

  private func gradient(
    of maps: Memory, _ gradients: Memory, to weights: Memory, bias: Memory?,
    _ workspace: Workspace, _ team: ThreadTeam
  ) throws -> () -> Void {
    var shape = shape
    let scratch = try ThreadScratch(
      byteCount: cwinograd_fused_gradient_scratch(), for: team, in: workspace.patches)
    let hasParts = cwinograd_fused_gradient_parts(&shape) > 1
    let blocks = cwinograd_fused_blocks(&shape)
    let pairUnits = cwinograd_fused_pair_units(&shape)
    let pairs = try workspace.kernels.memory(
      .plain([max(1, cwinograd_fused_pair_bytes(&shape) / 4)]))
    let partial = try workspace.points.memory(
      .plain([max(1, cwinograd_fused_partial_gradients(&shape) / 4)]))
    // of Double
    let sums = try workspace.sums.memory(.plain([2 * blocks * shape.outputs]))
    let units = cwinograd_fused_gradient_units(&shape)
    let finishingUnits = hasParts ? cwinograd_fused_finishing_units(&shape) : 0
    return { [shape] in
      let sums = sums.address!.assumingMemoryBound(to: Double.self)
      let (partial, taps) = (partial.floats.baseAddress!, weights.floats.baseAddress!)
      team.forEachPart(of: pairUnits) { units, _ in
        withUnsafePointer(to: shape) {
          cwinograd_fused_pairs(
            $0, maps.address!, gradients.address!, units.lowerBound, units.upperBound, sums,
            pairs.address!)
        }
      }
      team.forEachPart(of: units) { units, thread in
        withUnsafePointer(to: shape) {
          cwinograd_fused_gradient(
            $0, maps.address!, gradients.address!, pairUnits > 0 ? pairs.address! : nil,
            units.lowerBound, units.upperBound, partial, sums, taps, scratch[thread])
        }
      }
      team.forEachPart(of: finishingUnits) { units, _ in
        withUnsafePointer(to: shape) {
          cwinograd_fused_finish($0, units.lowerBound, units.upperBound, partial, taps)
        }
      }
      guard let bias = bias?.floats else { return }
      for output in 0..<shape.outputs {
        bias[output] = Float(
          (0..<blocks).reduce(0) { $0 + sums[$1 * shape.outputs + output] })
      }
    }
  }
}
