import CMaps
import COneDNN
import CollapseCore
import Networks

/// A 3×3 convolution by Winograd's F(4×4, 3×3), the tiles of many samples together: maps and
/// kernels are carried to 36 points, at each of which the convolution is one product of matrices,
/// a row per tile. Four times fewer multiplications than the definition, and large products where
/// oneDNN's own Winograd has small ones.
///
/// The factors of the products are of the maps' type, their sums float32. The transforms magnify
/// the rounding of the factors: in bfloat16 a convolution's results are off by about 1 % of their
/// spread, where the definition's are by 0.2 %.
///
/// With AVX-512 the results do not depend on the number of threads: samples are transformed one by
/// one, and oneDNN cuts the products up by rows, columns and points. Its kernels for older
/// processors may cut up the sums.
///
/// Source: Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks", 2016.
struct WinogradProduct: BlockedConvolution {
  /// Transformed maps of this many bytes at a time stay in the cache.
  private static let cached = 4 << 20
  /// Fewer tiles at a time would make thin matrices.
  private static let leastTiles = 256

  let problem: ConvolutionProblem
  /// Of the maps and of the factors.
  private let type: dnnl_data_type_t
  private let samples: Int
  /// Channels on the side of the source and on that of the result.
  private let (inputs, outputs): (Int, Int)
  private let (height, width): (Int, Int)

  private var tiles: Int { (height + 3) / 4 * ((width + 3) / 4) }

  /// Samples that are transformed at a time, a multiple of what any team of threads divides.
  private var portions: [Range<Int>] {
    let perSample = 36 * tiles * max(inputs, outputs) * MemoryLayout<Float>.stride
    let most = max(Self.cached / perSample, (Self.leastTiles + tiles - 1) / tiles, 1)
    let portion = (most + 7) / 8 * 8
    return stride(from: 0, to: samples, by: portion).map { $0..<min(samples, $0 + portion) }
  }

  /// - Returns: `nil` for other windows and for channels that do not fill vectors.
  init?(_ problem: ConvolutionProblem) {
    guard problem.window == Window(3, padding: 1), problem.fills(16) else { return nil }
    self.problem = problem
    let maps = problem.source.dimensions
    (type, samples, height, width) = (problem.type, maps[0], maps[2], maps[3])
    (inputs, outputs) = (problem.weightSize[1], problem.weightSize[0])
  }

  /// Whether oneDNN multiplies such matrices with more than plain loops.
  var isVectorized: Bool {
    get throws {
      let rows = portions[0].count * tiles
      return try !product(
        WinogradPoints.layout(rows, inputs, type), WinogradPoints.layout(inputs, outputs, type),
        WinogradPoints.layout(rows, outputs, dnnl_f32)
      ).isInPlainLoops
    }
  }

  /// The gradient by the source is a convolution of that by the result with the kernels turned by
  /// half a turn, their channels swapped.
  func convolution(
    of maps: Memory, with weights: Memory, bias: Memory?, to results: Memory,
    _ workspace: Workspace, _ builder: PlanBuilder
  ) throws -> [() throws -> Void] {
    let isTurned = problem.direction == .backwardData
    let (from, to) = isTurned ? (outputs, inputs) : (inputs, outputs)
    let kernels: WinogradPoints
    var run: [() throws -> Void] = []
    if builder.isTraining {
      kernels = try WinogradPoints(inputs, outputs, type, in: workspace.kernels)
      run.append(transformKernels(weights, to: kernels, turned: isTurned, builder.team))
    } else {
      // Once for all batches.
      let team = builder.team
      kernels = try WinogradPoints(inputs, outputs, type) { layout in
        try builder.prepared("at Winograd's points", from: weights, layout) { memory in
          let points = try WinogradPoints(inputs, outputs, type) { _ in memory }
          transformKernels(weights, to: points, turned: isTurned, team)()
        }
      }
    }
    for samples in portions {
      let rows = samples.count * tiles
      let factors = try WinogradPoints(rows, from, type, in: workspace.patches)
      let products = try WinogradPoints(rows, to, dnnl_f32, in: workspace.points)
      run.append(transform(maps, from, samples, to: factors, builder.team))
      run.append(
        try multiply(
          factors.memory, isTurned ? kernels.transposed() : kernels.memory, to: products,
          workspace, builder))
      run.append(restore(products, to, samples, to: results, bias: bias, builder.team))
    }
    return run
  }

  func gradient(
    of maps: Memory, _ gradients: Memory, to weights: Memory, bias: Memory?,
    _ workspace: Workspace, _ builder: PlanBuilder
  ) throws -> [() throws -> Void] {
    let team = builder.team
    let kernels = try WinogradPoints(inputs, outputs, dnnl_f32, in: workspace.kernels)
    let sums = try workspace.sums.memory(.plain([self.samples * outputs]))
    var run: [() throws -> Void] = []
    for samples in portions {
      let rows = samples.count * tiles
      let sources = try WinogradPoints(rows, inputs, type, in: workspace.patches)
      let results = try WinogradPoints(rows, outputs, type, in: workspace.points)
      run.append(transform(maps, inputs, samples, to: sources, team))
      run.append(transformGradient(gradients, samples, to: results, sums: sums, team))
      run.append(
        try multiply(
          sources.transposed(), results.memory, to: kernels, accumulates: samples.lowerBound > 0,
          workspace, builder))
    }
    let (inputs, outputs, all) = (inputs, outputs, self.samples)
    run.append {
      let (points, taps) = (kernels.memory.floats.baseAddress!, weights.floats.baseAddress!)
      team.forEachPart(of: inputs) {
        cwinograd_kernel_gradient(
          points, kernels.stride, inputs, outputs, $0.lowerBound, $0.upperBound, taps)
      }
      guard let bias = bias?.floats else { return }
      let sums = sums.floats
      for channel in 0..<outputs {
        var sum = 0.0
        for sample in 0..<all { sum += Double(sums[sample * outputs + channel]) }
        bias[channel] = Float(sum)
      }
    }
    return run
  }

  // MARK: Parts

  private var nativeType: cwinograd_type {
    type == dnnl_f32 ? cwinograd_float32 : cwinograd_bfloat16
  }

  private func transformKernels(
    _ weights: Memory, to kernels: WinogradPoints, turned: Bool, _ team: ThreadTeam
  ) -> () -> Void {
    let (type, inputs, outputs) = (nativeType, inputs, outputs)
    return {
      let (taps, points) = (weights.floats.baseAddress!, kernels.address)
      team.forEachPart(of: inputs) {
        cwinograd_kernel(
          type, taps, inputs, outputs, $0.lowerBound, $0.upperBound, turned ? 1 : 0, points,
          kernels.stride)
      }
    }
  }

  private func transform(
    _ maps: Memory, _ channels: Int, _ samples: Range<Int>, to points: WinogradPoints,
    _ team: ThreadTeam
  ) -> () -> Void {
    let (type, height, width) = (nativeType, height, width)
    return forEachSample(of: maps, channels, samples, points, team) { maps, rows, _ in
      cwinograd_input(type, maps, channels, height, width, rows, points.stride)
    }
  }

  private func transformGradient(
    _ maps: Memory, _ samples: Range<Int>, to points: WinogradPoints, sums: Memory,
    _ team: ThreadTeam
  ) -> () -> Void {
    let (type, height, width, channels) = (nativeType, height, width, outputs)
    return forEachSample(of: maps, channels, samples, points, team) { maps, rows, sample in
      cwinograd_output_gradient(
        type, maps, channels, height, width, rows, points.stride,
        sums.floats.baseAddress! + sample * channels)
    }
  }

  private func restore(
    _ points: WinogradPoints, _ channels: Int, _ samples: Range<Int>, to maps: Memory,
    bias: Memory?, _ team: ThreadTeam
  ) -> () -> Void {
    let (type, height, width) = (nativeType, height, width)
    let (rectifies, accumulates) = (problem.rectifies, problem.accumulates)
    return forEachSample(of: maps, channels, samples, points, team) { maps, rows, _ in
      cwinograd_output(
        type, rows.assumingMemoryBound(to: Float.self), points.stride, channels, height, width,
        bias?.floats.baseAddress, accumulates ? 1 : 0, rectifies ? 1 : 0, maps)
    }
  }

  /// Calls `body` with each sample's map and the first of its rows at the first point.
  private func forEachSample(
    of maps: Memory, _ channels: Int, _ samples: Range<Int>, _ points: WinogradPoints,
    _ team: ThreadTeam,
    _ body:
      @escaping (
        _ maps: UnsafeMutableRawPointer, _ rows: UnsafeMutableRawPointer, _ sample: Int
      ) -> Void
  ) -> () -> Void {
    let mapSize = channels * height * width * maps.layout.elementByteCount
    let rowsSize = tiles * channels * points.layout.elementByteCount
    return {
      let (maps, rows) = (maps.address!, points.address)
      team.forEachPart(of: samples.count, grain: 1) { part in
        for index in part {
          let sample = samples.lowerBound + index
          body(maps + sample * mapSize, rows + index * rowsSize, sample)
        }
      }
    }
  }

  private func multiply(
    _ first: Memory, _ second: Memory, to product: WinogradPoints, accumulates: Bool = false,
    _ workspace: Workspace, _ builder: PlanBuilder
  ) throws -> () throws -> Void {
    let descriptor = try self.product(
      first.layout, second.layout, product.layout, accumulates: accumulates)
    return builder.execution(
      of: try Primitive(
        descriptor,
        [
          DNNL_ARG_SRC: first, DNNL_ARG_WEIGHTS: second, DNNL_ARG_DST: product.memory,
        ], scratchpad: workspace.scratchpad))
  }

  private func product(
    _ first: Layout, _ second: Layout, _ product: Layout, accumulates: Bool = false
  ) throws -> PrimitiveDescriptor {
    try PrimitiveDescriptor("product at points", .init(accumulates: accumulates)) {
      conednn_product($0, $1, first.handle, second.handle, product.handle)
    }
  }
}
