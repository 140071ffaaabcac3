import COneDNN
import CollapseCore
import Networks

/// What a batch normalization computes by one pair of moments: the batch's, which a pass forward of training
/// finds, or given ones, by which it is an affine map of every sample.
struct NormalizationPasses {
  /// What it reads and writes; maps in `layout`, vectors as maps of one pixel.
  struct Arrays {
    let layout: Layout
    let source: Memory
    let result: Memory
    let scale: Parameter?
    let shift: Parameter?
  }

  let forward: () throws -> Void
  private let descriptor: PrimitiveDescriptor
  private let blocked: BlockedNormalization?
  private let arrays: Arrays
  private let mean: Memory
  private let variance: Memory
  private let epsilon: Float
  private let options: conednn_normalization
  private let workspace: Memory?

  private var isAffine: Bool { arrays.scale != nil || arrays.shift != nil }

  init(
    _ arrays: Arrays, mean: Memory, variance: Memory, given: Bool, epsilon: Double,
    rectifies: Bool, in builder: PlanBuilder
  ) throws {
    let options = conednn_normalization(
      scale: arrays.scale != nil ? 1 : 0, shift: arrays.shift != nil ? 1 : 0,
      uses_given_statistics: given ? 1 : 0, rectifies: rectifies ? 1 : 0)
    let descriptor = try PrimitiveDescriptor("batch normalization") {
      conednn_batch_normalization_forward(
        // In inference oneDNN hands out no moments that it has found.
        $0, $1, builder.isTraining || !given ? dnnl_forward_training : dnnl_forward_inference,
        arrays.layout.handle, Float(epsilon), options)
    }
    let blocked = BlockedNormalization(
      arrays.layout, descriptor, epsilon: epsilon, rectifies: rectifies,
      scale: arrays.scale?.values, shift: arrays.shift?.values, mean: mean, variance: variance,
      given: given)
    let workspace =
      blocked == nil
      ? try descriptor.optionalLayout(DNNL_ARG_WORKSPACE).map { try Memory($0) } : nil
    if let blocked {
      forward = try blocked.forward(of: arrays.source, to: arrays.result, builder)
    } else {
      var arguments: [Int32: Memory] = [
        DNNL_ARG_SRC: arrays.source, DNNL_ARG_DST: arrays.result, DNNL_ARG_MEAN: mean,
        DNNL_ARG_VARIANCE: variance,
      ]
      arguments[DNNL_ARG_SCALE] = arrays.scale?.values
      arguments[DNNL_ARG_SHIFT] = arrays.shift?.values
      arguments[DNNL_ARG_WORKSPACE] = workspace
      forward = builder.execution(
        of: try Primitive(descriptor, arguments, scratchpad: builder.scratchpad))
    }
    self.descriptor = descriptor
    self.blocked = blocked
    self.arrays = arrays
    self.mean = mean
    self.variance = variance
    self.epsilon = Float(epsilon)
    self.options = options
    self.workspace = workspace
  }

  /// The gradients by the input and by what is trained, from that by the result.
  func backward(
    _ gradient: Memory, to inputGradient: Memory, in builder: PlanBuilder
  ) throws -> () throws -> Void {
    if let blocked {
      return try blocked.backward(
        of: arrays.source, gradient, to: inputGradient, byScale: arrays.scale?.gradients,
        byShift: arrays.shift?.gradients, builder)
    }
    let backward = try PrimitiveDescriptor("batch normalization", .init(forward: descriptor)) {
      conednn_batch_normalization_backward(
        $0, $1, isAffine ? dnnl_backward : dnnl_backward_data, arrays.layout.handle, epsilon,
        options)
    }
    var arguments: [Int32: Memory] = [
      DNNL_ARG_SRC: arrays.source, DNNL_ARG_DIFF_DST: gradient,
      DNNL_ARG_DIFF_SRC: inputGradient, DNNL_ARG_MEAN: mean, DNNL_ARG_VARIANCE: variance,
    ]
    arguments[DNNL_ARG_SCALE] = arrays.scale?.values
    if conednn_version_major() < 3 {  // unused, but oneDNN 2 counts its inputs
      arguments[DNNL_ARG_SHIFT] = arrays.shift?.values
    }
    arguments[DNNL_ARG_DIFF_SCALE] = arrays.scale?.gradients
    arguments[DNNL_ARG_DIFF_SHIFT] = arrays.shift?.gradients
    arguments[DNNL_ARG_WORKSPACE] = workspace
    return builder.execution(
      of: try Primitive(backward, arguments, scratchpad: builder.scratchpad))
  }
}
