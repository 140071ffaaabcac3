import CMaps
import COneDNN
import CollapseCore
import Networks

/// A convolution by its definition, pixel by pixel: y[p] = Σₖ x[p·stride + k − padding] W[k] as
/// products of matrices with a row per sample, for the taps k that find a pixel.
///
/// Maps are copied into that order first. Where they have few pixels or a stride, that takes less
/// time than oneDNN loses: of the taps on a map of 2×2 more than half lie beyond it.
///
/// In bfloat16 with float32 sums, on processors that have an instruction for it. The results do
/// not depend on the number of threads.
struct PixelProduct: BlockedConvolution {
  /// Copies beyond this many bytes cost more than they give.
  private static let limit = 80 << 20

  private static func copiedByteCount(_ maps: Layout) -> Int {
    let size = maps.dimensions
    return cpixels_bytes(size[0], size[1], size[2] * size[3])
  }

  let problem: ConvolutionProblem
  private let shape: cpixels_convolution

  /// - Returns: `nil` for other types, for channels that do not fill vectors, for many pixels, and
  ///   on other processors.
  init?(_ problem: ConvolutionProblem) {
    guard TrainingEngine.multipliesBfloat16, problem.type == dnnl_bf16, !problem.accumulates,
      problem.fills(32),
      [problem.source, problem.result].map(Self.copiedByteCount).reduce(0, +) <= Self.limit
    else { return nil }
    self.problem = problem
    let (from, to) = (problem.ends.from.dimensions, problem.ends.to.dimensions)
    let window = problem.window
    shape = cpixels_convolution(
      samples: from[0], inputs: from[1], outputs: to[1], source_height: from[2],
      source_width: from[3], result_height: to[2], result_width: to[3],
      kernel_height: window.kernel[0], kernel_width: window.kernel[1],
      stride_down: window.stride[0], stride_across: window.stride[1],
      padding_down: window.padding[0], padding_across: window.padding[1])
  }

  private var sourcePixels: Int { shape.source_height * shape.source_width }
  private var resultPixels: Int { shape.result_height * shape.result_width }

  func convolution(
    of maps: Memory, with weights: Memory, bias: Memory?, to results: Memory,
    _ workspace: Workspace, _ builder: PlanBuilder
  ) throws -> [() throws -> Void] {
    let team = builder.team
    var shape = shape
    let taps = shape.kernel_height * shape.kernel_width
    let kernels = try workspace.kernels.memory(
      .plain([taps * shape.inputs * shape.outputs], type: dnnl_bf16))
    let rows = try workspace.patches.memory(
      .plain([Self.copiedByteCount(problem.ends.from) / 4]))
    let kernelUnits = cpixels_kernel_units(&shape)
    let units = cpixels_units(&shape)
    let isTurned: Int32 = problem.direction == .backwardData ? 1 : 0
    let rectifies: Int32 = problem.rectifies ? 1 : 0
    let pixels = sourcePixels
    let run = { [shape] in
      team.forEachPart(of: shape.samples) { samples, _ in
        cpixels_pack(
          maps.address!, shape.samples, shape.inputs, pixels, samples.lowerBound,
          samples.upperBound, rows.address!)
      }
      team.forEachPart(of: kernelUnits, shape) { shape, units, _ in
        cpixels_kernels(
          shape, weights.floats.baseAddress!, isTurned, units.lowerBound, units.upperBound,
          kernels.address!)
      }
      team.forEachPart(of: units, shape) { shape, units, _ in
        cpixels_convolve(
          shape, rows.address!, kernels.address!, isTurned, bias?.floats.baseAddress,
          rectifies, results.address!, units.lowerBound, units.upperBound)
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
    let sources = try workspace.patches.memory(
      .plain([Self.copiedByteCount(problem.source) / 4]))
    let results = try workspace.points.memory(
      .plain([Self.copiedByteCount(problem.result) / 4]))
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
    let run = { [shape] in
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
      team.forEachPart(of: units, shape) { shape, units, thread in
        cpixels_gradient(
          shape, sources.address!, results.address!, units.lowerBound, units.upperBound, partial,
          taps, scratch[thread])
      }
      team.forEachPart(of: finishingUnits, shape) { shape, units, _ in
        cpixels_finish(shape, units.lowerBound, units.upperBound, partial, taps)
      }
      guard let bias = bias?.floats else { return }
      for output in 0..<shape.outputs {
        bias[output] = Float(
          (0..<pairs).reduce(0) { $0 + Double(sums[$1 * shape.outputs + output]) })
      }
    }
    return [run]
  }
}
