import COneDNN

/// The matrices at the 36 points of Winograd's F(4×4, 3×3), one after another.
struct WinogradPoints {
  private static let count = 36

  let memory: Memory
  /// Elements from one point's matrix to the next one's.
  let stride: Int
  private let rows: Int
  private let columns: Int

  init(_ rows: Int, _ columns: Int, _ type: dnnl_data_type_t, in pad: Scratchpad) throws {
    try self.init(rows, columns, type, pad.memory)
  }

  /// - Parameter make: gives the array of a layout.
  init(
    _ rows: Int, _ columns: Int, _ type: dnnl_data_type_t, _ make: (Layout) throws -> Memory
  ) throws {
    memory = try make(WinogradPoints.layout(rows, columns, type))
    stride = WinogradPoints.stride(rows, columns, type)
    (self.rows, self.columns) = (rows, columns)
  }

  /// - Precondition: the matrices have been placed.
  var address: UnsafeMutableRawPointer { memory.address! }

  var layout: Layout { memory.layout }

  /// The same bytes as the transposed matrices.
  func transposed() throws -> Memory {
    try memory.viewed(
      as: .strided(
        [WinogradPoints.count, columns, rows], strides: [stride, 1, columns], type: layout.type))
  }

  static func layout(_ rows: Int, _ columns: Int, _ type: dnnl_data_type_t) throws -> Layout {
    try .strided(
      [count, rows, columns], strides: [stride(rows, columns, type), columns, 1], type: type)
  }

  /// An odd number of cache lines: the transforms write a line at every point, which at distances
  /// of a power of two would all fall into the same few places of the cache.
  private static func stride(_ rows: Int, _ columns: Int, _ type: dnnl_data_type_t) -> Int {
    let lineCount = type == dnnl_bf16 ? 32 : 16
    return ((rows * columns + lineCount - 1) / lineCount | 1) * lineCount
  }
}
