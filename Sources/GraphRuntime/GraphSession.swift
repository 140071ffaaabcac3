import COnnxRuntime
public import CollapseCore
import LibC

/// A graph that ONNX Runtime has made ready, with more outputs than it states.
///
/// One thread at a time may run it.
public final class GraphSession {
  private let api: ort_api
  private let session: OpaquePointer
  private let memory: OpaquePointer
  private let input: OperatorGraph.Input
  private let outputs: [String]
  /// The samples in the graph's own precision, where that is another.
  private var scratch = UnsafeMutableRawBufferPointer(start: nil, count: 0)

  /// - Parameters:
  ///   - model: the content of an ONNX file.
  ///   - folder: where files of data beside it are.
  ///   - input: the tensor that takes the samples.
  ///   - outputs: tensors to be given, of those that are computed.
  ///   - stated: the graph's own outputs.
  /// - Throws: ``GraphRuntimeError`` where the library is not there, or refuses the graph.
  public init(
    model: [UInt8], folder: String, input: OperatorGraph.Input, outputs: [String],
    stated: [String], threads: Int
  ) throws {
    let library = try GraphRuntime.library()
    let api = library.api.pointee
    self.api = api
    self.input = input
    self.outputs = outputs
    var model = model
    for name in outputs where !stated.contains(name) { model += Self.suffix(addingOutput: name) }
    var options: OpaquePointer?
    try api.check(api.create_options(&options))
    defer { api.release_options(options!) }
    try api.check(api.set_threads(options!, Int32(threads)))
    try api.check(api.set_optimization(options!, 99))
    // Threads that wait by turning in circles would take the processor from decoding.
    try api.check(api.add_config(options!, "session.intra_op.allow_spinning", "0"))
    try api.check(
      api.add_config(
        options!, "session.model_external_initializers_file_folder_path",
        folder.isEmpty ? "." : folder))
    var session: OpaquePointer?
    var memory: OpaquePointer?
    try api.check(
      api.create_session_from_array(library.environment, model, model.count, options!, &session))
    self.session = session!
    do {
      try api.check(api.create_memory(1, 0, &memory))
    } catch {
      api.release_session(session!)
      throw error
    }
    self.memory = memory!
  }

  deinit {
    scratch.deallocate()
    api.release_memory(memory)
    api.release_session(session)
  }

  /// Runs `samples` of the given shape, the number of them first, and calls `body` with shape and
  /// numbers of each output in turn.
  ///
  /// - Throws: ``GraphRuntimeError`` for what the library refuses; what `body` throws.
  public func run(
    _ samples: UnsafeMutableBufferPointer<Float>, shape: [Int],
    _ body: (_ output: Int, _ shape: [Int], UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    var tensor: OpaquePointer?
    let extents = shape.map(Int64.init)
    let (bytes, type) = try prepared(samples)
    try api.check(
      api.create_tensor(
        memory, bytes.baseAddress!, bytes.count, extents, extents.count, type, &tensor))
    defer { api.release_value(tensor!) }
    var values = [OpaquePointer?](repeating: nil, count: outputs.count)
    defer { for value in values { if let value { api.release_value(value) } } }
    let names = [strdup(input.name)] + outputs.map { strdup($0) }
    defer { for name in names { free(name) } }
    let constantNames = names.map { UnsafePointer($0) }
    let tensors: [OpaquePointer?] = [tensor]
    try constantNames.withUnsafeBufferPointer { names in
      try api.check(
        api.run(
          session, nil, names.baseAddress!, tensors, 1, names.baseAddress! + 1, outputs.count,
          &values))
    }
    for (index, value) in values.enumerated() {
      let (shape, type) = try self.shape(of: value!)
      guard let count = Shape.elementCount(of: shape) else {
        throw GraphRuntimeError(reason: "'\(outputs[index])' has shape \(shape)")
      }
      var data: UnsafeMutableRawPointer?
      try api.check(api.tensor_data(value!, &data))
      try withFloats(data!, count, type, outputs[index]) { try body(index, shape, $0) }
    }
  }

  private func shape(of value: OpaquePointer) throws -> (extents: [Int], type: Int32) {
    var info: OpaquePointer?
    try api.check(api.tensor_shape(value, &info))
    defer { api.release_shape(info!) }
    var rank = 0
    var type: Int32 = 0
    try api.check(api.rank(info!, &rank))
    try api.check(api.element_type(info!, &type))
    var extents = [Int64](repeating: 0, count: rank)
    try api.check(api.dimensions(info!, &extents, rank))
    return (extents.map { Int($0) }, type)
  }

  /// The library's numbers for types: as those of the file format.
  private static let (float32, float16, float64): (Int32, Int32, Int32) = (1, 10, 11)

  private func prepared(
    _ samples: UnsafeMutableBufferPointer<Float>
  ) throws -> (UnsafeMutableRawBufferPointer, Int32) {
    switch input.element {
    case .float32: return (UnsafeMutableRawBufferPointer(samples), Self.float32)
    case .float16: return (convert(samples) { Float16($0) }, Self.float16)
    case .float64: return (convert(samples) { Double($0) }, Self.float64)
    case .other:
      throw GraphRuntimeError(reason: "'\(input.name)' takes no real numbers")
    }
  }

  private func convert<Value: BitwiseCopyable>(
    _ samples: UnsafeMutableBufferPointer<Float>, _ value: (Float) -> Value
  ) -> UnsafeMutableRawBufferPointer {
    let size = samples.count * MemoryLayout<Value>.stride
    if scratch.count != size {
      scratch.deallocate()
      scratch = .allocate(byteCount: size, alignment: 16)
    }
    let target = scratch.bindMemory(to: Value.self)
    for (index, sample) in samples.enumerated() { target[index] = value(sample) }
    return scratch
  }

  private func withFloats(
    _ data: UnsafeMutableRawPointer, _ count: Int, _ type: Int32, _ name: String,
    _ body: (UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    func converted<Value>(_: Value.Type, _ float: (Value) -> Float) throws {
      let values = UnsafeBufferPointer(
        start: data.assumingMemoryBound(to: Value.self), count: count)
      try values.map(float).withUnsafeBufferPointer(body)
    }
    switch type {
    case Self.float32:
      try body(UnsafeBufferPointer(start: data.assumingMemoryBound(to: Float.self), count: count))
    case Self.float16: try converted(Float16.self) { Float($0) }
    case Self.float64: try converted(Double.self) { Float($0) }
    default: throw GraphRuntimeError(reason: "'\(name)' holds no real numbers")
    }
  }

  /// What behind a model's bytes makes a tensor an output: messages that follow one another are
  /// one, `graph { output { name } }`.
  static func suffix(addingOutput name: String) -> [UInt8] {
    func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
      var bytes = [number << 3 | 2]
      var length = content.count
      while length > 127 {
        bytes.append(UInt8(length & 127) | 128)
        length >>= 7
      }
      return bytes + [UInt8(length)] + content
    }
    return field(7, field(12, field(1, Array(name.utf8))))
  }
}
