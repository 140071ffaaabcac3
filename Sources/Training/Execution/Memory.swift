import COneDNN
import CollapseCore

/// An array with a layout, as oneDNN's primitives take it. Where its bytes are may be settled
/// after the primitives that use it are made.
final class Memory {
  let handle: dnnl_memory_t
  let layout: Layout
  private var buffer: AlignedBuffer?
  private(set) var address: UnsafeMutableRawPointer?
  /// Views of the same bytes, placed together with this one.
  private var views: [Memory] = []

  /// An array whose bytes come later, with ``bind(to:offset:)``.
  init(unbound layout: Layout) throws {
    var handle: dnnl_memory_t?
    try OneDNN.check(
      conednn_memory_create(&handle, layout.handle, OneDNN.engine.handle), "describe an array")
    self.handle = handle!
    self.layout = layout
  }

  /// An array with bytes of its own, all zero.
  convenience init(_ layout: Layout) throws {
    try self.init(unbound: layout)
    try bind(to: AlignedBuffer(byteCount: layout.byteCount))
  }

  deinit { dnnl_memory_destroy(handle) }

  /// Places the array in `buffer`, which it keeps alive.
  func bind(to buffer: AlignedBuffer, offset: Int = 0) throws {
    precondition(offset + layout.byteCount <= buffer.byteCount)
    self.buffer = buffer
    address = buffer.address + offset
    try OneDNN.check(dnnl_memory_set_data_handle(handle, address), "place an array")
    for view in views { try view.bind(to: buffer, offset: offset) }
  }

  /// All floats of the array in the order of its layout, padding included.
  ///
  /// - Precondition: the array has been placed.
  var floats: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(
      start: address!.assumingMemoryBound(to: Float.self),
      count: layout.byteCount / MemoryLayout<Float>.stride)
  }

  /// The same of an array of bfloat16, as the upper halves of floats.
  var halves: UnsafeMutableBufferPointer<UInt16> {
    UnsafeMutableBufferPointer(
      start: address!.assumingMemoryBound(to: UInt16.self),
      count: layout.byteCount / MemoryLayout<UInt16>.stride)
  }

  /// Whether no element is infinite or not a number; an array that has no place yet has none.
  var isFinite: Bool {
    guard address != nil else { return true }
    guard layout.type == dnnl_bf16 else { return floats.allSatisfy(\.isFinite) }
    return halves.allSatisfy { $0 & 0x7f80 != 0x7f80 }
  }

  /// Whether `other` is this array or a view of it.
  func includes(_ other: Memory) -> Bool {
    self === other || views.contains { $0.includes(other) }
  }

  /// A second description of the same bytes, for a primitive that sees another shape in them;
  /// it follows when this array is placed.
  func viewed(as layout: Layout) throws -> Memory {
    precondition(layout.byteCount == self.layout.byteCount)
    let view = try Memory(unbound: layout)
    views.append(view)
    if let buffer { try view.bind(to: buffer, offset: address! - buffer.address) }
    return view
  }
}
