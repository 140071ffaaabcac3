import COneDNN
import CWinograd
import Tensors

/// A 3×3 convolution by Winograd's F(4×4, 3×3), in float32 whatever type the maps have (the
/// transforms would magnify bfloat16's rounding), the tiles of many samples together:
/// maps and kernels are carried to 36 points, at each of which the convolution is one product of
/// matrices, a row per tile. Four times fewer multiplications than the definition, and large
/// products where oneDNN's own Winograd has small ones.
///
/// The results do not depend on the number of threads: samples are transformed one by one, and
/// the product at a point is one thread's.
///
/// Source: Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks", 2016.
struct WinogradProduct {
  private static let points = 36
  /// Transformed maps of this many bytes at a time stay in the cache.
  private static let cached = 4 << 20
  /// Fewer tiles at a time would make thin matrices.
  private static let leastTiles = 256

  private let direction: Direction
  private let samples: Int
  /// Channels on the side of the source and on that of the result.
  private let (inputs, outputs): (Int, Int)
  private let (height, width): (Int, Int)
  private let source: Layout
  private let result: Layout
  private let taps: Layout
  private let rectifies: Bool

  private var tiles: Int { (height + 3) / 4 * ((width + 3) / 4) }

  /// Samples that are transformed at a time.
  private var portion: Int {
    let perSample = Self.points * tiles * max(inputs, outputs) * MemoryLayout<Float>.stride
    return min(samples, max(Self.cached / perSample, (Self.leastTiles + tiles - 1) / tiles, 1))
  }

  /// - Returns: `nil` for other windows and for channels that do not fill vectors.
  init?(
    _ direction: Direction, source: Layout, result: Layout, weightSize: [Int], window: Window,
    rectifies: Bool
  ) throws {
    guard window == Window(3, padding: 1), weightSize[0].isMultiple(of: 16),
      weightSize[1].isMultiple(of: 16)
    else { return nil }
    self.direction = direction
    self.rectifies = rectifies
    samples = source.dimensions[0]
    (inputs, outputs) = (weightSize[1], weightSize[0])
    (height, width) = (source.dimensions[2], source.dimensions[3])
    self.source = try .blocked(source.dimensions)
    self.result = try .blocked(result.dimensions)
    taps = try .tapsFirst(weightSize)
  }

  func assemble(
    _ operands: Operands, in workspace: Workspace, _ builder: PlanBuilder
  ) throws -> [() throws -> Void] {
    var staging = Staging(scratchpad: workspace.scratchpad)
    let source =
      direction == .backwardData
      ? try staging.output(operands.source, as: source, in: workspace.source)
      : try staging.input(operands.source, as: source, in: workspace.source)
    let result =
      direction == .forward
      ? try staging.output(operands.result, as: result, in: workspace.result)
      : try staging.input(operands.result, as: result, in: workspace.result)
    let weights =
      direction == .backwardWeights
      ? try staging.output(operands.weights, as: taps, in: workspace.weights)
      : try staging.input(operands.weights, as: taps, in: workspace.weights)
    let memory = Arrays(
      source: source, weights: weights, bias: operands.bias, result: result,
      sourcePoints: try workspace.patches.memory(
        .plain([Self.points * portion * tiles * inputs])),
      resultPoints: try workspace.points.memory(
        .plain([Self.points * portion * tiles * outputs])),
      kernelPoints: try workspace.kernels.memory(.plain([Self.points * inputs * outputs])),
      sums: try workspace.sums.memory(.plain([samples * outputs])))
    let team = builder.team
    let run: () throws -> Void =
      switch direction {
      case .forward: { try forward(memory, team) }
      case .backwardData: { try backwardData(memory, team) }
      case .backwardWeights: { try backwardWeights(memory, team) }
      }
    return staging.before.map(builder.execution) + [run] + staging.after.map(builder.execution)
  }

  /// What a step works on: arrays in the layouts of the transforms, and their transforms.
  private struct Arrays {
    let source: Memory
    let weights: Memory
    let bias: Memory?
    let result: Memory
    let sourcePoints: Memory
    let resultPoints: Memory
    let kernelPoints: Memory
    /// Each sample's sum of its gradient by the result, in each channel.
    let sums: Memory
  }

  // MARK: Directions

  private func forward(_ arrays: Arrays, _ team: ThreadTeam) throws {
    transformKernel(arrays, team, flips: false)
    let bias = arrays.bias?.floats.baseAddress
    for samples in portions {
      transform(arrays.source, inputs, samples, arrays.sourcePoints, team)
      try multiply(
        arrays.sourcePoints, by: arrays.kernelPoints, to: arrays.resultPoints, samples.count,
        inputs, outputs, transposed: false, team)
      restore(
        arrays.resultPoints, outputs, samples, arrays.result, bias: bias, rectifies: rectifies,
        team)
    }
  }

  /// A convolution of the gradient with the kernels turned by half a turn, their channels swapped.
  private func backwardData(_ arrays: Arrays, _ team: ThreadTeam) throws {
    transformKernel(arrays, team, flips: true)
    for samples in portions {
      transform(arrays.result, outputs, samples, arrays.resultPoints, team)
      try multiply(
        arrays.resultPoints, by: arrays.kernelPoints, to: arrays.sourcePoints, samples.count,
        outputs, inputs, transposed: true, team)
      restore(
        arrays.sourcePoints, inputs, samples, arrays.source, bias: nil, rectifies: false, team)
    }
  }

  private func backwardWeights(_ arrays: Arrays, _ team: ThreadTeam) throws {
    for samples in portions {
      transform(arrays.source, inputs, samples, arrays.sourcePoints, team)
      let sums = arrays.sums.floats.baseAddress!
      transform(arrays.result, outputs, samples, arrays.resultPoints, team) {
        maps, points, stride, sample in
        cwinograd_output_gradient(
          maps, outputs, height, width, points, stride, sums + sample * outputs)
      }
      let rows = samples.count * tiles
      let accumulates = samples.lowerBound > 0
      try atEachPoint(team) { point in
        conednn_multiply(
          1, 0, inputs, outputs, rows, address(arrays.sourcePoints, point, inputs),
          address(arrays.resultPoints, point, outputs), accumulates ? 1 : 0,
          arrays.kernelPoints.floats.baseAddress! + point * inputs * outputs)
      }
    }
    let (points, taps) = (
      arrays.kernelPoints.floats.baseAddress!, arrays.weights.floats.baseAddress!
    )
    team.forEachPart(of: inputs * outputs) {
      cwinograd_kernel_gradient(points, inputs * outputs, $0.lowerBound, $0.upperBound, taps)
    }
    guard let bias = arrays.bias?.floats else { return }
    let sums = arrays.sums.floats
    for channel in 0..<outputs {
      var sum = 0.0
      for sample in 0..<samples { sum += Double(sums[sample * outputs + channel]) }
      bias[channel] = Float(sum)
    }
  }

  // MARK: Parts

  private var portions: [Range<Int>] {
    stride(from: 0, to: samples, by: portion).map { $0..<min(samples, $0 + portion) }
  }

  /// Where the rows of a point begin.
  private func address(
    _ points: Memory, _ point: Int, _ channels: Int
  ) -> UnsafeMutablePointer<Float> {
    points.floats.baseAddress! + point * portion * tiles * channels
  }

  private func transformKernel(_ arrays: Arrays, _ team: ThreadTeam, flips: Bool) {
    let (taps, points) = (
      arrays.weights.floats.baseAddress!, arrays.kernelPoints.floats.baseAddress!
    )
    team.forEachPart(of: inputs * outputs) {
      cwinograd_kernel(
        taps, inputs * outputs, $0.lowerBound, $0.upperBound, flips ? 1 : 0, points)
    }
  }

  private func transform(
    _ maps: Memory, _ channels: Int, _ samples: Range<Int>, _ points: Memory, _ team: ThreadTeam
  ) {
    transform(maps, channels, samples, points, team) { maps, points, stride, _ in
      cwinograd_input(maps, channels, height, width, points, stride)
    }
  }

  private func transform(
    _ maps: Memory, _ channels: Int, _ samples: Range<Int>, _ points: Memory, _ team: ThreadTeam,
    _ body: (
      UnsafePointer<Float>, UnsafeMutablePointer<Float>, _ stride: Int, _ sample: Int
    ) -> Void
  ) {
    let from = maps.floats.baseAddress!
    let to = points.floats.baseAddress!
    let size = channels * height * width
    team.forEachPart(of: samples.count, grain: 1) { part in
      for index in part {
        let sample = samples.lowerBound + index
        body(
          from + sample * size, to + index * tiles * channels, portion * tiles * channels, sample)
      }
    }
  }

  private func restore(
    _ points: Memory, _ channels: Int, _ samples: Range<Int>, _ maps: Memory,
    bias: UnsafeMutablePointer<Float>?, rectifies: Bool, _ team: ThreadTeam
  ) {
    let from = points.floats.baseAddress!
    let to = maps.floats.baseAddress!
    let size = channels * height * width
    team.forEachPart(of: samples.count, grain: 1) { part in
      for index in part {
        cwinograd_output(
          from + index * tiles * channels, portion * tiles * channels, channels, height, width,
          bias, rectifies ? 1 : 0, to + (samples.lowerBound + index) * size)
      }
    }
  }

  private func multiply(
    _ rows: Memory, by kernels: Memory, to product: Memory, _ samples: Int, _ from: Int,
    _ to: Int, transposed: Bool, _ team: ThreadTeam
  ) throws {
    try atEachPoint(team) { point in
      conednn_multiply(
        0, transposed ? 1 : 0, samples * tiles, to, from, address(rows, point, from),
        kernels.floats.baseAddress! + point * from * to, 0, address(product, point, to))
    }
  }

  private func atEachPoint(_ team: ThreadTeam, _ body: (Int) -> dnnl_status_t) throws {
    let failed = UnsafeMutablePointer<dnnl_status_t>.allocate(capacity: Self.points)
    defer { failed.deallocate() }
    team.forEachPart(of: Self.points, grain: 1) { part in
      for point in part { failed[point] = body(point) }
    }
    for point in 0..<Self.points { try OneDNN.check(failed[point], "multiply matrices") }
  }
}
