import COneDNN
import CollapseCore

/// A primitive that oneDNN can build: its implementation and the layouts it wants.
final class PrimitiveDescriptor {
  let handle: dnnl_primitive_desc_t

  /// What a primitive is asked for beside its operation.
  struct Request {
    /// The forward descriptor a backward one belongs to.
    var forward: PrimitiveDescriptor?
    /// Adds the result to what the destination holds.
    var accumulates = false
    /// Rectifies the result.
    var rectifies = false
    /// How many of the library's implementations to pass over, fastest guess first.
    var skipped = 0
  }

  /// Builds a descriptor by `create`, one of the shim's functions.
  init(
    _ operation: String, _ request: Request = Request(),
    _ create: (UnsafeMutablePointer<dnnl_primitive_desc_t?>, conednn_request) -> dnnl_status_t
  ) throws(TrainingError) {
    var attributes: dnnl_primitive_attr_t?
    try OneDNN.check(
      conednn_attributes_create(
        &attributes, request.accumulates ? 1 : 0, request.rectifies ? 1 : 0), operation)
    defer { dnnl_primitive_attr_destroy(attributes) }
    var handle: dnnl_primitive_desc_t?
    let status = create(
      &handle,
      conednn_request(
        engine: OneDNN.engine.handle, attributes: attributes, forward: request.forward?.handle,
        skipped: Int32(request.skipped)))
    try OneDNN.check(status, operation)
    self.handle = handle!
  }

  deinit { dnnl_primitive_desc_destroy(handle) }

  /// `brgemm:avx512_core`, `jit_wino_4x3:avx512_core`, …
  var implementation: String { String(cString: conednn_implementation(handle)) }

  /// Whether oneDNN has nothing better than its reference: loops without vectors, a hundred to a
  /// thousand times slower.
  var isInPlainLoops: Bool { implementation.contains("ref") }

  /// The layout of one argument (`DNNL_ARG_SRC`, …).
  ///
  /// - Precondition: the primitive has that argument.
  func layout(_ argument: Int32, _ dimensions: [Int]) -> Layout {
    Layout.of(argument, handle, dimensions: dimensions)!
  }

  /// The layout of an argument the primitive may not have, such as a workspace.
  func optionalLayout(_ argument: Int32) -> Layout? {
    Layout.of(argument, handle, dimensions: []).flatMap { $0.byteCount == 0 ? nil : $0 }
  }
}

/// A primitive with its arguments, built once and executed in every step.
final class Primitive {
  private let handle: dnnl_primitive_t
  private let arguments: UnsafeMutableBufferPointer<dnnl_exec_arg_t>
  private let memories: [Memory]
  let implementation: String

  init(
    _ descriptor: PrimitiveDescriptor, _ arguments: [Int32: Memory], scratchpad: Scratchpad
  ) throws {
    var handle: dnnl_primitive_t?
    try OneDNN.check(dnnl_primitive_create(&handle, descriptor.handle), "build a primitive")
    self.handle = handle!
    implementation = descriptor.implementation
    var all = arguments
    if let layout = descriptor.optionalLayout(DNNL_ARG_SCRATCHPAD) {
      all[DNNL_ARG_SCRATCHPAD] = try scratchpad.memory(layout)
    }
    memories = Array(all.values)
    self.arguments = .allocate(capacity: all.count)
    _ = self.arguments.initialize(
      from: all.map { dnnl_exec_arg_t(arg: $0.key, memory: $0.value.handle) })
  }

  deinit {
    dnnl_primitive_destroy(handle)
    arguments.deallocate()
  }

  func execute(on stream: Stream) throws(TrainingError) {
    try OneDNN.check(
      dnnl_primitive_execute(
        handle, stream.handle, Int32(arguments.count), arguments.baseAddress),
      "execute \(implementation)")
  }
}

/// Working memory shared by all primitives of a plan, as only one of them runs at a time.
final class Scratchpad {
  private var memories: [Memory] = []

  /// An array in the shared bytes, to be placed by ``settle()``.
  func memory(_ layout: Layout) throws -> Memory {
    let memory = try Memory(unbound: layout)
    memories.append(memory)
    return memory
  }

  /// Places every array asked for so far in one buffer, as large as the largest.
  func settle(in allocate: (Int) -> AlignedBuffer = AlignedBuffer.init) throws {
    guard let size = memories.map(\.layout.byteCount).max() else { return }
    let buffer = allocate(size)
    for memory in memories { try memory.bind(to: buffer) }
  }
}
