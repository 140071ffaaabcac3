import COneDNN
import CollapseCore

/// Where each element of an array lies in memory, or (`any`) that the primitive may choose.
final class Layout {
  let handle: OpaquePointer
  let dimensions: [Int]

  private init(owning handle: OpaquePointer, dimensions: [Int]) {
    self.handle = handle
    self.dimensions = dimensions
  }

  deinit { conednn_layout_destroy(handle) }

  /// Rows after rows, the last axis contiguous.
  static func plain(_ dimensions: [Int], type: dnnl_data_type_t = dnnl_f32) throws -> Layout {
    let tag =
      switch dimensions.count {
      case 1: dnnl_a
      case 2: dnnl_ab
      case 3: dnnl_abc
      default: dnnl_abcd
      }
    return try make(dimensions, tag, type)
  }

  /// Maps with the channels innermost: N, H, W, C.
  static func channelsLast(
    _ dimensions: [Int], type: dnnl_data_type_t = dnnl_f32
  ) throws -> Layout {
    try make(dimensions, dnnl_acdb, type)
  }

  /// Maps in blocks of 16 channels, one vector register's: N, C / 16, H, W, 16.
  static func blocked(
    _ dimensions: [Int], type: dnnl_data_type_t = dnnl_f32
  ) throws -> Layout {
    try make(dimensions, dnnl_aBcd16b, type)
  }

  /// Kernels in blocks of 16 outputs by 16 inputs: O / 16, I / 16, height, width, 16 I, 16 O.
  static func blockedKernels(_ dimensions: [Int]) throws -> Layout {
    try make(dimensions, dnnl_ABcd16b16a, dnnl_f32)
  }

  /// How layers keep maps. Blocks of 16 channels fill a vector register; other counts would be
  /// padded to them, which costs and which some primitives refuse.
  static func maps(_ dimensions: [Int], type: dnnl_data_type_t = dnnl_f32) throws -> Layout {
    dimensions[1].isMultiple(of: 16)
      ? try blocked(dimensions, type: type) : try channelsLast(dimensions, type: type)
  }

  /// Whatever the primitive is fastest with.
  static func any(_ dimensions: [Int], type: dnnl_data_type_t = dnnl_f32) throws -> Layout {
    try make(dimensions, dnnl_format_tag_any, type)
  }

  /// The layout a primitive has for one of its arguments, if it has that argument.
  static func of(
    _ argument: Int32, _ descriptor: dnnl_primitive_desc_t, dimensions: [Int]
  ) -> Layout? {
    conednn_argument_layout(descriptor, argument).map {
      Layout(owning: $0, dimensions: dimensions)
    }
  }

  private static func make(
    _ dimensions: [Int], _ tag: dnnl_format_tag_t, _ type: dnnl_data_type_t
  ) throws -> Layout {
    let extents = dimensions.map(Int64.init)
    return try adopt(
      conednn_layout_create(Int32(extents.count), extents, type, tag), dimensions)
  }

  private static func adopt(_ handle: OpaquePointer?, _ dimensions: [Int]) throws -> Layout {
    guard let handle else {
      throw TrainingError(
        kind: .internalFailure, operation: "lay out an array of \(Shape(dimensions))",
        reason: "oneDNN refused it")
    }
    return Layout(owning: handle, dimensions: dimensions)
  }

  /// Elements that lie `strides` apart along each axis.
  static func strided(
    _ dimensions: [Int], strides: [Int], type: dnnl_data_type_t
  ) throws -> Layout {
    try adopt(
      conednn_layout_create_strided(
        Int32(dimensions.count), dimensions.map(Int64.init), type, strides.map(Int64.init)),
      dimensions)
  }

  /// What one element is: `dnnl_f32` or `dnnl_bf16`.
  var type: dnnl_data_type_t { conednn_layout_type(handle) }

  var elementByteCount: Int { type == dnnl_bf16 ? 2 : 4 }

  /// Bytes an array of this layout takes, padding included.
  var byteCount: Int { conednn_layout_byte_count(handle) }

  /// Whether these are maps of float32 in full blocks of 16 channels.
  var isInBlocksOfFloats: Bool {
    guard type == dnnl_f32, dimensions.count == 4, dimensions[1].isMultiple(of: 16),
      let blocked = try? Layout.blocked(dimensions)
    else { return false }
    return isSame(as: blocked)
  }

  func isSame(as other: Layout) -> Bool { conednn_layout_equal(handle, other.handle) != 0 }
}
