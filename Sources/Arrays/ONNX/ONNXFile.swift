public import CollapseCore
import Files

/// An ONNX file: a graph of operators, and its constants as named arrays.
///
/// The file is read where it stands: of gigabytes of constants a few bytes are looked at until an
/// array is asked for. Data in files beside it is found.
public struct ONNXFile: Sendable {
  /// The operators, their inputs and outputs.
  public let graph: OperatorGraph
  /// The constants.
  public let arrays: any ArraySource

  /// Opens the file at `path`, if it is one.
  ///
  /// - Throws: `FileError` where there is no readable file, ``ArrayFileError`` where it is damaged.
  public static func open(_ path: String) throws -> ONNXFile? {
    let start = try FileStart(path)
    return ONNXFormat.begins(start) ? try ONNXFile(start) : nil
  }

  fileprivate init(_ start: FileStart) throws {
    let path = start.path
    let reader: ONNXReader
    do {
      reader = try ONNXReader(WireMessage(RandomAccessBytes(start.file)))
    } catch let fault as ArrayFault {
      throw ArrayFileError(file: path, problem: fault.problem)
    }
    graph = reader.graph
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    let places = reader.places
    let messages = reader.messages
    arrays = NamedArrays(
      file: path, noun: "initializer", names: reader.names
    ) { name in [try ONNXTensor(messages[places[name]!]).array(in: folder)] }
  }
}

/// How an ONNX file is told from others.
enum ONNXFormat: ArrayFormat {
  /// The version of the format, and a field that follows it; there is no signature.
  static func begins(_ start: FileStart) -> Bool {
    let bytes = start.bytes
    guard bytes.count > 2, bytes[0] == 0x08, 1..<64 ~= bytes[1] else { return false }
    return [0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42, 0x72].contains(bytes[2])
  }

  static func open(_ start: FileStart) throws -> (any ArraySource)? {
    try ONNXFile(start).arrays
  }
}

/// Reads the messages of a model.
private struct ONNXReader {
  private(set) var graph = OperatorGraph()
  /// The constants in their order, each once.
  private(set) var names: [String] = []
  private(set) var messages: [WireMessage] = []
  private(set) var places: [String: Int] = [:]
  private var inputs: [OperatorGraph.Input] = []

  /// More of anything than networks have.
  private static let most = 1_000_000

  /// - Parameter model: a `ModelProto`.
  init(_ model: WireMessage) throws {
    var hasGraph = false
    try model.forEach { field, value in
      guard field == 7, case .bytes(let message) = value else { return }
      hasGraph = true
      try message.forEach { try read($0, $1) }
    }
    guard hasGraph else { throw ArrayFault("an ONNX model without a graph") }
    // Old files list constants among what has to be given.
    graph.inputs = inputs.filter { places[$0.name] == nil }
  }

  private mutating func read(_ field: Int, _ value: WireMessage.Value) throws {
    switch field {
    case 1: try addNode(value.message)
    case 5: try addConstant(value.message, name: nil)
    case 11: inputs.append(try input(value.message))
    case 12:
      try value.message.forEach { if $0 == 1 { graph.outputs.append(try $1.text()) } }
    case 15: throw ArrayFault("constants that are sparse are not read")
    default: break
    }
    guard graph.nodes.count + names.count + inputs.count <= ONNXReader.most else {
      throw ArrayFault("an ONNX graph of more than \(ONNXReader.most) parts")
    }
  }

  private mutating func addConstant(_ message: WireMessage, name: String?) throws {
    let tensor = try ONNXTensor(message)
    let name = name ?? tensor.name
    guard Shape.elementCount(of: tensor.shape) != nil else {
      throw ArrayFault(
        "initializer '\(name)': shape \(tensor.shape) has a negative dimension, or too many "
          + "elements")
    }
    guard places[name] == nil else {
      throw ArrayFault("two initializers are called '\(name)'")
    }
    places[name] = names.count
    names.append(name)
    messages.append(message)
    graph.constants[name] = OperatorGraph.Constant(
      shape: Shape(tensor.shape), integers: try tensor.integers(limit: 16))
  }

  private mutating func addNode(_ message: WireMessage) throws {
    var node = OperatorGraph.Node(operation: "", inputs: [], outputs: [])
    var tensor: WireMessage?
    try message.forEach { field, value in
      switch field {
      case 1: node.inputs.append(try value.text())
      case 2: node.outputs.append(try value.text())
      case 3: node.name = try value.text()
      case 4: node.operation = try value.text()
      case 5:
        let (name, attribute, content) = try Self.attribute(value.message)
        node.attributes[name] = attribute
        tensor = content ?? tensor
      case 7: node.domain = try value.text()
      default: break
      }
    }
    if node.domain == "ai.onnx" { node.domain = "" }
    // A constant is an array wherever it stands.
    if node.operation == "Constant", node.domain.isEmpty, let tensor, let name = node.outputs.first
    {
      return try addConstant(tensor, name: name)
    }
    graph.nodes.append(node)
  }

  /// Name and value, and the tensor where it is one.
  private static func attribute(
    _ message: WireMessage
  ) throws -> (String, OperatorGraph.Attribute, WireMessage?) {
    var name = ""
    var value = OperatorGraph.Attribute.other
    var integers: [Int] = []
    var tensor: WireMessage?
    try message.forEach { field, content in
      switch field {
      case 1: name = try content.text()
      case 2:
        if case .word(let word) = content {
          // The shortest decimal that gives the number: 1e-5 and not 9.99999974e-6.
          value = .real(Double("\(Float(bitPattern: UInt32(truncatingIfNeeded: word)))") ?? 0)
        }
      case 3: value = .integer(content.integer)
      case 4: value = .text(try content.text())
      case 5: tensor = content.message
      case 8: try WireMessage.numbers(of: content) { integers.append(Int(Int64(bitPattern: $0))) }
      // Some writers leave out a value of zero, and say only of what kind it is.
      case 20 where content.integer == 1 && value == .other: value = .real(0)
      case 20 where content.integer == 2 && value == .other: value = .integer(0)
      default: break
      }
    }
    return (name, integers.isEmpty ? value : .integers(integers), tensor)
  }

  /// A `ValueInfoProto`.
  private func input(_ message: WireMessage) throws -> OperatorGraph.Input {
    var input = OperatorGraph.Input(name: "", shape: [], element: .other)
    try message.forEach { field, value in
      if field == 1 { input.name = try value.text() }
      guard field == 2 else { return }
      try value.message.forEach { field, type in
        guard field == 1 else { return }
        try type.message.forEach { field, tensor in
          if field == 1 {
            input.element = [1: .float32, 10: .float16, 11: .float64][tensor.integer] ?? .other
          }
          guard field == 2 else { return }
          try tensor.message.forEach { field, dimension in
            guard field == 1 else { return }
            var extent: Int?
            try dimension.message.forEach {
              if $0 == 1, case .number(let number) = $1 { extent = Int(exactly: number) }
            }
            input.shape.append(extent)
          }
        }
      }
    }
    return input
  }
}
