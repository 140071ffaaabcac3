import CMaps
import COneDNN
import CollapseCore
import Networks

/// A 3×3 convolution by Winograd's F(4×4, 3×3), a few tiles at a time: each thread transforms
/// them, multiplies them with the kernels and transforms the products back while they are in its
/// cache. ``WinogradProduct`` writes each of the three to memory, which takes longer than the
/// products where there are few channels. Where there are fewer tiles than channels, tiles are
/// transformed for all threads, and each transforms kernels.
///
/// In bfloat16 with float32 sums, on processors that have an instruction for it; rounded as there.
/// The results do not depend on the number of threads.
struct FusedWinograd: BlockedConvolution {
  let problem: ConvolutionProblem
  private let shape: cwinograd_convolution

  /// - Returns: `nil` for other windows and types, for channels that do not fill vectors, and on
  ///   other processors.
  init?(_ problem: ConvolutionProblem) {
    guard TrainingEngine.multipliesBfloat16, problem.type == dnnl_bf16, !problem.accumulates,
      problem.fills(32),
      problem.window == Window(3, padding: 1)
    else { return nil }
    self.problem = problem
    let (from, to) = (problem.ends.from.dimensions, problem.ends.to.dimensions)
    shape = cwinograd_convolution(
      samples: from[0], inputs: from[1], outputs: to[1], height: from[2], width: from[3])
  }

  func convolution(
    of maps: Memory, with weights: Memory, bias: Memory?, to results: Memory,
    _ workspace: Workspace, _ builder: PlanBuilder
  ) throws -> [() throws -> Void] {
    let team = builder.team
    var shape = shape
    let prepared = try workspace.kernels.memory(
      .plain([cwinograd_fused_prepared_bytes(&shape) / 4]))
    let scratch = try ThreadScratch(
      byteCount: cwinograd_fused_scratch_bytes(&shape), for: team, in: workspace.patches)
    let preparingUnits = cwinograd_fused_preparing_units(&shape)
    let units = cwinograd_fused_units(&shape)
    let isTurned: Int32 = problem.direction == .backwardData ? 1 : 0
    let rectifies: Int32 = problem.rectifies ? 1 : 0
    let run = { [shape] in
      let taps = weights.floats.baseAddress!
      team.forEachPart(of: preparingUnits, shape) { shape, units, _ in
        cwinograd_fused_prepare(
          shape, maps.address!, taps, isTurned, units.lowerBound, units.upperBound,
          prepared.address!)
      }
      team.forEachPart(of: units, shape) { shape, units, thread in
        cwinograd_fused(
          shape, maps.address!, taps, isTurned, prepared.address!, bias?.floats.baseAddress,
          rectifies, results.address!, units.lowerBound, units.upperBound, scratch[thread])
      }
    }
    return [run]
  }

  func gradient(
    of maps: Memory, _ gradients: Memory, to weights: Memory, bias: Memory?,
    _ workspace: Workspace, _ builder: PlanBuilder
  ) throws -> [() throws -> Void] {
    let team = builder.team
    var shape = shape
    let scratch = try ThreadScratch(
      byteCount: cwinograd_fused_gradient_scratch_bytes(), for: team, in: workspace.patches)
    let hasParts = cwinograd_fused_gradient_parts(&shape) > 1
    let blocks = cwinograd_fused_blocks(&shape)
    let pairUnits = cwinograd_fused_pair_units(&shape)
    let pairs = try workspace.kernels.memory(
      .plain([max(1, cwinograd_fused_pair_bytes(&shape) / 4)]))
    let partial = try workspace.points.memory(
      .plain([max(1, cwinograd_fused_partial_bytes(&shape) / 4)]))
    // of Double
    let sums = try workspace.sums.memory(.plain([2 * blocks * shape.outputs]))
    let units = cwinograd_fused_gradient_units(&shape)
    let finishingUnits = hasParts ? cwinograd_fused_finishing_units(&shape) : 0
    let run = { [shape] in
      let sums = sums.address!.assumingMemoryBound(to: Double.self)
      let (partial, taps) = (partial.floats.baseAddress!, weights.floats.baseAddress!)
      team.forEachPart(of: pairUnits, shape) { shape, units, _ in
        cwinograd_fused_pairs(
          shape, maps.address!, gradients.address!, units.lowerBound, units.upperBound, sums,
          pairs.address!)
      }
      team.forEachPart(of: units, shape) { shape, units, thread in
        cwinograd_fused_gradient(
          shape, maps.address!, gradients.address!, pairUnits > 0 ? pairs.address! : nil,
          units.lowerBound, units.upperBound, partial, sums, taps, scratch[thread])
      }
      team.forEachPart(of: finishingUnits, shape) { shape, units, _ in
        cwinograd_fused_finish(shape, units.lowerBound, units.upperBound, partial, taps)
      }
      guard let bias = bias?.floats else { return }
      for output in 0..<shape.outputs {
        bias[output] = Float((0..<blocks).reduce(0) { $0 + sums[$1 * shape.outputs + output] })
      }
    }
    return [run]
  }
}
