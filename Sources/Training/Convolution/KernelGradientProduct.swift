import COneDNN
import CollapseCore
import Networks

/// The loss's gradient by a convolution's kernel as one matrix product over all places p of all
/// samples: ∂W[o, (k, i)] = Σ_p ∂y[p, o] · x[p·stride + k − padding, i].
///
/// The patches of x under the kernel are copied side by side first (im2col). On maps of few pixels
/// that is several times faster than oneDNN's direct kernels, which go through the samples one by
/// one and find too few products in each.
struct KernelGradientProduct {
  /// Patches beyond this many bytes cost more than they give.
  private static let limit = 80 << 20

  private let window: Window
  private let maps: [Int]
  private let places: [Int]
  private let source: Layout
  private let result: Layout
  private let patches: Layout
  private let rows: Layout
  private let kernel: Layout
  private let matrix: Layout
  private let descriptor: PrimitiveDescriptor

  /// - Parameters:
  ///   - source: of the maps x; any layout, as `result` of the gradient by y.
  /// - Throws: when it cannot be built, or the patches are too many.
  init(
    source: Layout, result: Layout, weightSize: [Int], window: Window, bias: Layout?
  ) throws {
    self.window = window
    maps = source.dimensions
    places = result.dimensions
    let type = source.type
    let (outputs, inputs) = (weightSize[0], weightSize[1])
    let count = places[0] * places[2] * places[3]
    let width = inputs * weightSize[2] * weightSize[3]
    self.source = try .channelsLast(maps, type: type)
    self.result = try .channelsLast(places, type: type)
    patches = try .plain([count, width], type: type)
    rows = try .plain([count, outputs], type: type)
    kernel = try .channelsLast(weightSize)
    matrix = try .plain([outputs, width])
    guard patches.byteCount <= Self.limit else {
      throw TrainingError(
        kind: .internalFailure, operation: "arrange patches",
        reason: "they take \(patches.byteCount) bytes")
    }
    let any = try Layout.any([outputs, width], type: type)
    let forward = try PrimitiveDescriptor("product of patches") { [patches, rows] in
      conednn_dense_forward(
        $0, $1, dnnl_forward_training, patches.handle, any.handle, bias?.handle, rows.handle)
    }
    descriptor = try PrimitiveDescriptor("product of patches", .init(forward: forward)) {
      [patches, rows, matrix] in
      conednn_dense_backward_weights(
        $0, $1, patches.handle, matrix.handle, bias?.handle, rows.handle)
    }
  }

  func assemble(
    _ operands: Operands, in workspace: Workspace, _ builder: PlanBuilder
  ) throws -> [() throws -> Void] {
    var staging = Staging(scratchpad: workspace.scratchpad)
    let source = try staging.input(operands.source, as: source, in: workspace.source)
    let result = try staging.input(operands.result, as: result, in: workspace.result)
    let kernel = try staging.output(operands.weights, as: kernel, in: workspace.weights)
    let patches = try workspace.patches.memory(patches)
    var arguments: [Int32: Memory] = [
      DNNL_ARG_SRC: patches, DNNL_ARG_DIFF_DST: try result.viewed(as: rows),
      DNNL_ARG_DIFF_WEIGHTS: try kernel.viewed(as: matrix),
    ]
    arguments[DNNL_ARG_DIFF_BIAS] = operands.bias
    let product = try Primitive(descriptor, arguments, scratchpad: workspace.scratchpad)
    let team = builder.team
    return staging.before.map(builder.execution)
      + [{ gather(from: source, to: patches, team) }, builder.execution(of: product)]
      + staging.after.map(builder.execution)
  }

  /// Copies what the kernel sees at each place: taps in rows, the channels of a tap together.
  private func gather(from source: Memory, to patches: Memory, _ team: ThreadTeam) {
    let pixel = maps[1] * source.layout.elementByteCount
    let (height, width) = (maps[2], maps[3])
    let (placesDown, placesAcross) = (places[2], places[3])
    let (tapsDown, tapsAcross) = (window.kernel[0], window.kernel[1])
    let from = UnsafeRawPointer(source.address!)
    let to = patches.address!
    team.forEachPart(of: places[0] * placesDown, grain: 1) { part in
      for line in part {
        let (sample, placeDown) = line.quotientAndRemainder(dividingBy: placesDown)
        var target = to + line * placesAcross * tapsDown * tapsAcross * pixel
        for placeAcross in 0..<placesAcross {
          let left = placeAcross * window.stride[1] - window.padding[1]
          // the taps of a row that are on the map: their pixels lie side by side
          let first = min(max(0, -left), tapsAcross)
          let end = max(first, min(tapsAcross, width - left))
          for tap in 0..<tapsDown {
            let row = placeDown * window.stride[0] - window.padding[0] + tap
            let bytes = tapsAcross * pixel
            if row < 0 || row >= height || first == end {
              target.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
            } else {
              let pixels = from + ((sample * height + row) * width + left + first) * pixel
              target.initializeMemory(as: UInt8.self, repeating: 0, count: first * pixel)
              (target + first * pixel).copyMemory(from: pixels, byteCount: (end - first) * pixel)
              (target + end * pixel).initializeMemory(
                as: UInt8.self, repeating: 0, count: bytes - end * pixel)
            }
            target += bytes
          }
        }
      }
    }
  }
}
