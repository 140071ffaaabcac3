import CollapseCore
import FeatureStore
import Files
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

  /// Small arrays wait in memory until they are closed, large ones are written at once, and room for
  /// the file's head may be missing already; whichever it is, the system's reason is the message.
  @Test(
    .enabled(if: SmallDisk.isAvailable, "needs the right to mount a tmpfs"),
    arguments: [1, 100, 5000, 300_000, 1_000_000])
  func aFullDiskIsNamed(_ count: Int) throws {
    let disk = try SmallDisk(mebibytes: 2)
    try disk.fill(leaving: count > 300_000 ? 1 << 20 : 0)
    var content = NamedTensors()
    content["parameters/weight"] = Tensor(
      shape: [count], values: [Float](repeating: 1, count: count))
    let error = #expect(throws: (any Error).self) {
      try CheckpointFile.write(content, to: disk("a.h5"))
    }
    let message = error.map { "\($0)" } ?? ""
    #expect(message.contains("/a.h5"), "\(message)")
    #expect(message.hasSuffix(": no space left on the disk"), "\(message)")
    #expect(try disk.names == ["filling"])
  }
}
