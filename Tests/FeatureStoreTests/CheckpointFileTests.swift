import FeatureStore
import Files
import Tensors
import TestSupport
import Testing

@Suite struct CheckpointFileTests {
  let folder = TemporaryFolder()

  static let content: NamedTensors = {
    var content = NamedTensors()
    content["parameters/features.10/weight"] = Tensor(
      shape: [2, 3], values: [1, -2, 3, 4, 5, .pi])
    content["optimizer/momentum/features.10/weight"] = Tensor(shape: [2, 1], values: [0, -0.0])
    content["parameters/features.2/bias"] = Tensor(shape: [1], values: [.infinity])
    content["step"] = Tensor(shape: [], values: [12])
    content["parameters/none"] = Tensor(shape: [0, 5], values: [])
    content.attributes = [
      "epoch": .integer(-3), "learning_rate": .double(0.1), "is_done": .boolean(true),
      "network": .string("{\"é\": 1}"), "empty": .string(""), "names": .strings(["a", ""]),
      "none": .strings([]), "long": .string(String(repeating: "network ", count: 40_000)),
      "many": .strings((0..<20_000).map { "class \($0)" }),
    ]
    return content
  }()

  @Test func whatIsWrittenIsReadInItsOrder() throws {
    try CheckpointFile.write(Self.content, to: folder("a.h5"))
    let read = try CheckpointFile.read(folder("a.h5"))
    var expected = Self.content
    expected.attributes["format"] = .string("collapse-checkpoint")
    expected.attributes["version"] = .integer(1)
    #expect(read == expected)
    try CheckpointFile.write(read, to: folder("a.h5"))
    #expect(try CheckpointFile.read(folder("a.h5")) == expected)
    #expect(folder.names == ["a.h5"])
  }
}
