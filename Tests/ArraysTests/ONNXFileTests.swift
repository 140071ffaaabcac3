import Arrays
import CollapseCore
import TestSupport
import Testing

/// ONNX files, read where they stand.
@Suite struct ONNXFileTests {
  private let folder = TemporaryFolder()

  private func write(_ bytes: [UInt8]) -> String { folder.write(bytes, to: "m.onnx") }

  private func model(_ tensors: [UInt8]...) -> String {
    write(ONNXWriter.model(nodes: [ONNXWriter.node("Relu", ["x"], "y")], tensors: tensors))
  }

  @Test func theGraphIsReadAsItStands() throws {
    let path = write(
      ONNXWriter.model(
        nodes: [
          ONNXWriter.node("Conv", ["x", "w"], "h", ONNXWriter.attribute("strides", [2, 1])),
          // A constant among the operators is one like any other.
          ONNXWriter.node(
            "Constant", [], "axes",
            ONNXWriter.bytes(
              5,
              ONNXWriter.text(1, "value")
                + ONNXWriter.bytes(
                  5,
                  ONNXWriter.tensor(
                    "", [2], type: 7, ONNXWriter.bytes(7, [2] + ONNXWriter.varint(.max)))))),
          ONNXWriter.node("ReduceMean", ["h", "axes"], "y"),
        ], tensors: [ONNXWriter.tensor("w", [1, 1, 1, 1], [3])], input: [0, 1, 5, 7]))
    let file = try #require(try ONNXFile.open(path))
    #expect(file.graph.nodes.map(\.operation) == ["Conv", "ReduceMean"])
    #expect(file.graph.nodes[0].attributes == ["strides": .integers([2, 1])])
    #expect(file.graph.constants["axes"] == .init(shape: [2], integers: [2, -1]))
    #expect(file.graph.inputs == [.init(name: "x", shape: [nil, 1, 5, 7])])
    #expect(file.graph.outputs == ["y"])
    #expect(try ArrayFile.open(path).names(limit: 9) == ["axes", "w"])
    #expect(try ArrayFile.open(path).array("w").readReals(nil) == [3])
  }

  /// One tensor of each way in which numbers are written.
  @Test func numbersAreReadInEveryForm() throws {
    let floats: [Float] = [1.5, -2]
    let raw = floats.withUnsafeBytes { Array($0) }
    let path = model(
      ONNXWriter.tensor("raw", [2], floats),
      ONNXWriter.tensor("packed", [2], ONNXWriter.bytes(4, raw)),
      ONNXWriter.tensor(
        "single", [2],
        floats.flatMap { ONNXWriter.varint(4 << 3 | 5) + $0.bitPattern.littleEndianBytes }),
      ONNXWriter.tensor(
        "half", [2], type: 10,
        ONNXWriter.bytes(
          5, ONNXWriter.varint(0x3e00) + ONNXWriter.varint(0xc000))),
      ONNXWriter.tensor(
        "integers", [2], type: 7, ONNXWriter.number(7, 1) + ONNXWriter.number(7, -2)))
    let source = try ArrayFile.open(path)
    for name in ["raw", "packed", "single", "half"] {
      #expect(try source.array(name).readReals(nil) == [1.5, -2], "\(name)")
    }
    #expect(try source.array("integers").readReals(nil) == [1, -2])
  }

  private func external(_ place: String, _ offset: Int, _ length: Int) -> [UInt8] {
    ONNXWriter.tensor(
      "w", [2],
      [("location", place), ("offset", "\(offset)"), ("length", "\(length)")].flatMap {
        ONNXWriter.bytes(13, ONNXWriter.text(1, $0) + ONNXWriter.text(2, $1))
      } + ONNXWriter.number(14, 1))
  }

  @Test func dataBesideTheFileIsFound() throws {
    let numbers: [Float] = [0, 7, 8]
    folder.write(numbers.withUnsafeBytes { Array($0) }, to: "m.onnx.data")
    let path = model(external("m.onnx.data", 4, 8))
    #expect(try ArrayFile.open(path).array("w").readReals(nil) == [7, 8])
    for (place, offset, length, problem) in [
      (
        "../m.onnx.data", 0, 8,
        "its data is said to be in '../m.onnx.data', expected a file beside the model's"
      ),
      (
        "/etc/passwd", 0, 8,
        "its data is said to be in '/etc/passwd', expected a file beside the model's"
      ),
      (
        "m.onnx.data", 8, 8,
        "its data is said to be 8 bytes of 'm.onnx.data' from 8 on, which has 12"
      ),
      ("m.onnx.data", 0, 4, "shape [2] of float32 does not fit its 4 bytes"),
    ] {
      let path = model(external(place, offset, length))
      let error = #expect(throws: ArrayFileError.self) { try ArrayFile.open(path).array("w") }
      #expect(error?.description == "\(path), initializer 'w': \(problem)")
    }
  }

  struct Damage: Sendable {
    let bytes: [UInt8]
    let problem: String
  }

  static let head = ONNXWriter.number(1, 8)

  @Test(arguments: [
    Damage(
      bytes: head + [0x3a, 0x7f, 1], problem: "byte 3: a field of 127 bytes where 1 are left"),
    Damage(
      bytes: head + [0x3a] + [UInt8](repeating: 0xff, count: 11),
      problem: "byte 3: a number of more than 64 bits"),
    Damage(
      bytes: head + [0x3a, 2, 0x0b, 0],
      problem: "byte 4: a field of wire type 3, expected 0, 1, 2 or 5"),
    Damage(bytes: head + [0x3a, 1, 0x0d], problem: "byte 5: the end in the middle of a field"),
    Damage(bytes: head + [0x3a, 2, 0x00, 0], problem: "byte 4: a field of number 0"),
    Damage(bytes: head + [0x42, 2, 0x10, 17], problem: "an ONNX model without a graph"),
    Damage(
      bytes: ONNXWriter.model(nodes: [], tensors: [ONNXWriter.tensor("w", [-1], [])]),
      problem: "initializer 'w': shape [-1] has a negative dimension, or too many elements"),
    Damage(
      bytes: ONNXWriter.model(
        nodes: [], tensors: [ONNXWriter.tensor("w", [1], [1]), ONNXWriter.tensor("w", [1], [1])]),
      problem: "two initializers are called 'w'"),
  ])
  func damageIsNamed(_ damage: Damage) {
    let path = write(damage.bytes)
    let error = #expect(throws: ArrayFileError.self) { _ = try ONNXFile.open(path) }
    #expect(error?.description == "\(path): \(damage.problem)")
  }

  @Test(arguments: [
    (ONNXWriter.tensor("w", [3], [1, 2]), "shape [3] of float32 does not fit its 8 bytes"),
    (ONNXWriter.tensor("w", [1], type: 8, []), "elements of type 8 are not read"),
  ])
  func arraysThatDoNotFitAreNamed(_ tensor: [UInt8], _ problem: String) throws {
    let path = model(tensor)
    let error = #expect(throws: ArrayFileError.self) { try ArrayFile.open(path).array("w") }
    #expect(error?.description == "\(path), initializer 'w': \(problem)")
  }
}

extension UInt32 {
  fileprivate var littleEndianBytes: [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: self >> (8 * UInt32($0))) }
  }
}
