import COneDNN
import CollapseCore

/// Memory that the primitives of a plan share, as only one of them runs at a time: working memory,
/// and copies of a primitive's arrays in the layouts it wants, which live side by side.
struct Workspace {
  let scratchpad = Scratchpad()
  let source = Scratchpad()
  let weights = Scratchpad()
  let result = Scratchpad()
  /// What the convolutions written here are made of: factors of products, the products, kernels,
  /// each of them transformed or copied or a thread's working memory, and sums for the bias.
  let patches = Scratchpad()
  let points = Scratchpad()
  let kernels = Scratchpad()
  let sums = Scratchpad()

  private var pads: [Scratchpad] {
    [scratchpad, source, weights, result, patches, points, kernels, sums]
  }

  func settle() throws {
    for pad in pads { try pad.settle() }
  }

  /// Settles in buffers that others use as well, at other times.
  func settle(in allocate: (_ pad: Int, _ byteCount: Int) -> AlignedBuffer) throws {
    for (index, pad) in pads.enumerated() { try pad.settle { allocate(index, $0) } }
  }
}

/// The arrays of a matrix product or a convolution in one direction; each may be a gradient.
struct Operands {
  let source: Memory
  let weights: Memory
  let bias: Memory?
  let result: Memory
}

/// In which direction a layer with weights computes.
enum Direction: String {
  case forward, backwardData, backwardWeights

  /// What oneDNN calls the operands.
  var arguments: (source: Int32, weights: Int32, bias: Int32, result: Int32) {
    switch self {
    case .forward: (DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS, DNNL_ARG_DST)
    case .backwardData: (DNNL_ARG_DIFF_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS, DNNL_ARG_DIFF_DST)
    case .backwardWeights:
      (DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_BIAS, DNNL_ARG_DIFF_DST)
    }
  }
}

/// Copies of arrays in the layouts a primitive wants, and the reorders around it that take.
struct Staging {
  let scratchpad: Scratchpad
  private(set) var before: [Primitive] = []
  private(set) var after: [Primitive] = []

  init(scratchpad: Scratchpad) { self.scratchpad = scratchpad }

  /// What `memory` holds, in the layout `wanted`.
  mutating func input(
    _ memory: Memory, as wanted: Layout, in pad: Scratchpad
  ) throws -> Memory {
    if wanted.isSame(as: memory.layout) { return memory }
    let copy = try pad.memory(wanted)
    before.append(try Reorder.primitive(from: memory, to: copy, scratchpad: scratchpad))
    return copy
  }

  /// Where to write in the layout `wanted` what shall get to `memory`.
  mutating func output(
    _ memory: Memory, as wanted: Layout, in pad: Scratchpad
  ) throws -> Memory {
    if wanted.isSame(as: memory.layout) { return memory }
    let copy = try pad.memory(wanted)
    after.append(try Reorder.primitive(from: copy, to: memory, scratchpad: scratchpad))
    return copy
  }
}

extension PrimitiveDescriptor {
  /// The primitive, with a reorder for every operand that it wants in another layout or in
  /// another type.
  func assemble(
    _ direction: Direction, _ operands: Operands, in workspace: Workspace
  ) throws -> [Primitive] {
    let keys = direction.arguments
    var staging = Staging(scratchpad: workspace.scratchpad)
    func staged(_ memory: Memory, _ key: Int32, _ pad: Scratchpad, isOutput: Bool) throws -> Memory
    {
      let wanted = layout(key, memory.layout.dimensions)
      return isOutput
        ? try staging.output(memory, as: wanted, in: pad)
        : try staging.input(memory, as: wanted, in: pad)
    }
    var memories: [Int32: Memory] = [
      keys.source: try staged(
        operands.source, keys.source, workspace.source, isOutput: direction == .backwardData),
      keys.weights: try staged(
        operands.weights, keys.weights, workspace.weights,
        isOutput: direction == .backwardWeights),
      keys.result: try staged(
        operands.result, keys.result, workspace.result, isOutput: direction == .forward),
    ]
    memories[keys.bias] = operands.bias
    let primitive = try Primitive(self, memories, scratchpad: workspace.scratchpad)
    return staging.before + [primitive] + staging.after
  }
}
