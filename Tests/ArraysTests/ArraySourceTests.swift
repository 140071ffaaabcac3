import Arrays
import CollapseCore
import Files
import TestSupport
import Testing

/// The same arrays are found under the same names, whatever the format.
@Suite struct ArraySourceTests {
  let folder = TemporaryFolder()

  enum Format: String, CaseIterable, Sendable { case hdf5, npz, safetensors, pt }

  static let rows: [Float] = [1, 2, 3, 4, 5, 6]
  static let labels: [Int64] = [1, 0, 2]

  private func write(_ format: Format) throws -> String {
    switch format {
    case .hdf5:
      let path = folder("a.h5")
      let root = try HDF5Object.createFile(path, as: path)
      let layers = try root.createGroup("layers")
      try layers.writeDataset("fc1", shape: [3, 2], Self.rows)
      try layers.writeDataset("fc2", shape: [3, 2], Self.rows.map { $0 + 1 })
      try root.createSoftLink("features", to: "/layers/fc2")
      try root.writeDataset("labels", shape: [3], Self.labels)
      try root.setAttribute("epoch", .integer(7))
      try root.flushAndClose()
      return path
    case .npz:
      return folder.write(
        ZipWriter([
          .init("layers/fc1.npy", NPYWriter.file(Self.rows, [3, 2])),
          .init("layers/fc2.npy", NPYWriter.file(Self.rows.map { $0 + 1 }, [3, 2])),
          .init("features.npy", NPYWriter.file(Self.rows.map { $0 + 1 }, [3, 2])),
          .init("labels.npy", NPYWriter.file(Self.labels)),
          .init("epoch.npy", NPYWriter.file("<i8", [], data: LittleEndian.bytes([7 as Int64]))),
        ]).bytes, to: "a.npz")
    case .safetensors:
      return folder.write(
        SafetensorsWriter.file(
          [
            ("layers.fc1", "F32", [3, 2], LittleEndian.bytes(Self.rows)),
            ("layers.fc2", "F32", [3, 2], LittleEndian.bytes(Self.rows.map { $0 + 1 })),
            ("features", "F32", [3, 2], LittleEndian.bytes(Self.rows.map { $0 + 1 })),
            ("labels", "I64", [3], LittleEndian.bytes(Self.labels)),
          ], metadata: [("epoch", "7")]), to: "a.safetensors")
    case .pt:
      let pickle = PickleWriter.pickle { writer in
        writer.dictionary {
          $0.string("layers")
          $0.dictionary {
            for (position, name) in ["fc1", "fc2"].enumerated() {
              $0.string(name)
              $0.tensor(key: "\(position)", count: 6, shape: [3, 2], strides: [2, 1])
            }
          }
          $0.string("features")
          $0.tensor(key: "1", count: 6, shape: [3, 2], strides: [2, 1])
          $0.string("labels")
          $0.tensor(storage: "LongStorage", key: "2", count: 3, shape: [3], strides: [1])
          $0.string("epoch")
          $0.integer(7)
        }
      }
      return folder.write(
        PickleWriter.archive(
          pickle: pickle,
          storages: [
            LittleEndian.bytes(Self.rows), LittleEndian.bytes(Self.rows.map { $0 + 1 }),
            LittleEndian.bytes(Self.labels),
          ]
        ).bytes, to: "a.pt")
    }
  }

  @Test(arguments: Format.allCases) func arraysAreFoundByName(_ format: Format) throws {
    let source = try ArrayFile.open(write(format))
    #expect(!source.isOneArray)
    #expect(try source.members(of: "layers") == ["fc1", "fc2"])
    #expect(try source.members(of: "blocks") == [])
    #expect(try source.contains("labels"))
    #expect(try !source.contains("targets"))
    let separator = format == .safetensors || format == .pt ? "." : "/"
    let last = "layers\(separator)fc2"
    let array = try source.array(last)
    #expect(array.shape == [3, 2])
    #expect(array.element == ElementType(.float32))
    #expect(try array.readReals(nil) == [2, 3, 4, 5, 6, 7])
    #expect(try source.isSame(last, "features"))
    #expect(try !source.isSame("layers\(separator)fc1", "features"))
    #expect(try source.value("epoch") == .integer(7))
    #expect(try source.attribute("seed") == nil)
    let error = #expect(throws: ArrayFileError.self) { try source.array("h") }
    #expect(error?.problem.hasPrefix("it has no \(source.noun) 'h'; it has '") == true)
  }
}
