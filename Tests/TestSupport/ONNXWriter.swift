/// Messages of ONNX files, field by field.
public enum ONNXWriter {
  public static func number(_ field: Int, _ value: Int) -> [UInt8] {
    varint(UInt64(field) << 3) + varint(UInt64(bitPattern: Int64(value)))
  }

  public static func bytes(_ field: Int, _ content: [UInt8]) -> [UInt8] {
    varint(UInt64(field) << 3 | 2) + varint(UInt64(content.count)) + content
  }

  public static func text(_ field: Int, _ text: String) -> [UInt8] {
    bytes(field, Array(text.utf8))
  }

  public static func varint(_ value: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = value
    while rest > 127 {
      bytes.append(UInt8(rest & 127) | 128)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  /// A `TensorProto`, with what holds its numbers in `data`.
  public static func tensor(
    _ name: String, _ shape: [Int], type: Int = 1, _ data: [UInt8]
  ) -> [UInt8] {
    shape.flatMap { number(1, $0) } + number(2, type) + text(8, name) + data
  }

  /// The same with float32 numbers as bytes.
  public static func tensor(_ name: String, _ shape: [Int], _ values: [Float]) -> [UInt8] {
    tensor(name, shape, bytes(9, values.withUnsafeBytes { Array($0) }))
  }

  /// A `NodeProto`.
  public static func node(
    _ operation: String, _ inputs: [String], _ output: String, _ attributes: [UInt8] = []
  ) -> [UInt8] {
    inputs.flatMap { text(1, $0) } + text(2, output) + text(3, "/\(output)") + text(4, operation)
      + attributes
  }

  /// An attribute of a node: integers.
  public static func attribute(_ name: String, _ values: [Int]) -> [UInt8] {
    bytes(5, text(1, name) + values.flatMap { number(8, $0) } + number(20, 7))
  }

  /// A `ModelProto`; a size of 0 is one that may be any.
  public static func model(
    nodes: [[UInt8]], tensors: [[UInt8]] = [], input: [Int] = [0, 4], outputs: [String] = ["y"]
  ) -> [UInt8] {
    let sizes = input.flatMap { bytes(1, $0 == 0 ? text(2, "n") : number(1, $0)) }
    let type = bytes(2, bytes(1, number(1, 1) + bytes(2, sizes)))
    let graph =
      nodes.flatMap { bytes(1, $0) } + tensors.flatMap { bytes(5, $0) }
      + bytes(11, text(1, "x") + type) + outputs.flatMap { bytes(12, text(1, $0)) }
    return number(1, 8) + bytes(7, graph) + bytes(8, number(2, 17))
  }
}
