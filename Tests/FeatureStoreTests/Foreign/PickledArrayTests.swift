import Arrays
import CollapseCore
import FeatureStore
import Files
import TestSupport
import Testing

/// Arrays in pickles, wherever they are, among whatever else a checkpoint holds.
@Suite struct PickledArrayTests {
  let folder = TemporaryFolder()

  static let rows: [Float] = (0..<60).map { Float($0) / 4 - 7 }
  static let labels: [Int64] = (0..<20).map { $0 % 3 }

  private func write(_ body: (inout PickleWriter) -> Void, storages: [[UInt8]] = []) -> String {
    let pickle = PickleWriter.pickle { $0.dictionary(body) }
    return folder.write(
      PickleWriter.archive(pickle: pickle, storages: storages).bytes, to: "a.pt")
  }

  private func check(_ set: FeatureSet) throws {
    #expect(try set.layers[0].rows.floats(0..<20) == Self.rows)
    #expect(try set.layers[0].rows.floats(3..<5) == Array(Self.rows[9..<15]))
    #expect(try set.labels.all() == Self.labels)
  }

  @Test(arguments: [false, true]) func arraysOfNumPy(fortran: Bool) throws {
    let columns = (0..<3).flatMap { column in (0..<20).map { Self.rows[$0 * 3 + column] } }
    let path = write {
      $0.string("features")
      $0.numpy(
        "f4", shape: [20, 3], fortran: fortran,
        content: LittleEndian.bytes(fortran ? columns : Self.rows))
      $0.string("labels")
      $0.numpy("i8", shape: [20], content: LittleEndian.bytes(Self.labels))
    }
    try check(try FeatureSet(path))
  }

  /// Longer than what is kept as text, and with every byte there is.
  @Test func longArraysOfNumPy() throws {
    let values = (0..<120_000).map { UInt8(truncatingIfNeeded: $0 &* 37) }
    let path = write {
      $0.string("features")
      $0.numpy("u1", shape: [1200, 100], content: values)
    }
    var options = FeatureFileOptions()
    options.requiresLabels = false
    let rows = try FeatureSet(path, options: options).layers[0].rows
    #expect(try rows.floats(0..<1200) == values.map { Float($0) })
  }

  @Test func aPickleByItself() throws {
    let pickle = PickleWriter.pickle { writer in
      writer.dictionary {
        $0.string("features")
        $0.numpy("f4", shape: [20, 3], content: LittleEndian.bytes(Self.rows))
        $0.string("labels")
        $0.numpy("i8", shape: [20], content: LittleEndian.bytes(Self.labels))
      }
    }
    try check(try FeatureSet(folder.write(pickle, to: "a.pkl")))
  }

  /// One tensor per batch, in a list.
  @Test func batchesAreOneArray() throws {
    let path = write(
      {
        $0.string("features")
        $0.raw([0x5d, 0x28])
        for batch in 0..<4 {
          $0.tensor(key: "0", count: 60, offset: 15 * batch, shape: [5, 3], strides: [3, 1])
        }
        $0.raw([0x65])
        $0.string("labels")
        $0.raw([0x5d, 0x28])
        $0.tensor(storage: "LongStorage", key: "1", count: 20, shape: [7], strides: [1])
        $0.tensor(storage: "LongStorage", key: "1", count: 20, offset: 7, shape: [13], strides: [1])
        $0.raw([0x65])
      }, storages: [LittleEndian.bytes(Self.rows), LittleEndian.bytes(Self.labels)])
    try check(try FeatureSet(path))
    // Each is there by itself as well.
    let source = try ArrayFile.open(path)
    #expect(try source.array("features.3").shape == [5, 3])
    #expect(try source.names(limit: 9).contains("features.3"))
  }

  /// A checkpoint with what training scripts put into one.
  @Test func objectsBesideArraysCostNothing() throws {
    let path = write(
      {
        $0.string("args")
        $0.raw(Array("cargparse\nNamespace\n".utf8) + [0x29, 0x81])
        $0.dictionary {
          $0.string("lr")
          $0.raw([UInt8(ascii: "G")] + LittleEndian.bytes([0.1]).reversed())
        }
        $0.raw([UInt8(ascii: "b")])
        $0.string("best")
        $0.global("numpy._core.multiarray", "scalar")
        $0.global("numpy", "dtype")
        $0.string("f8")
        $0.raw([0x89, 0x88, 0x87, 0x52])
        $0.latin1(LittleEndian.bytes([0.93]))
        $0.raw([0x86, 0x52])
        $0.string("path")
        $0.global("pathlib", "PosixPath")
        $0.raw([0x28])
        $0.string("/")
        $0.raw([0x74, 0x52])
        $0.string("seen")
        $0.global("__builtin__", "set")
        $0.raw([0x5d, 0x85, 0x52])
        $0.string("big")
        $0.raw([0x8a, 11] + [UInt8](repeating: 1, count: 11))
        $0.string("by float")
        $0.raw([0x7d, UInt8(ascii: "G")] + LittleEndian.bytes([0.5]).reversed() + [0x4b, 1, 0x73])
        $0.string("fc.weight")
        $0.tensor(key: "2", count: 9, shape: [3, 3], strides: [3, 1])
        $0.string("features")
        $0.tensor(key: "0", count: 60, shape: [20, 3], strides: [3, 1])
        $0.string("labels")
        $0.tensor(storage: "LongStorage", key: "1", count: 20, shape: [20], strides: [1])
      },
      storages: [
        LittleEndian.bytes(Self.rows), LittleEndian.bytes(Self.labels),
        LittleEndian.bytes((0..<9).map { Float($0) }),
      ])
    let set = try FeatureSet(path)
    try check(set)
    #expect(set.classifier?.weights.elements == (0..<9).map { Double($0) })
    let source = try ArrayFile.open(path)
    #expect(try source.attribute("best") == .double(0.93))
    #expect(try source.attribute("args.lr") == .double(0.1))
    #expect(try source.attribute("big") == nil)
  }

  /// The format before PyTorch 1.6: five pickles, then the storages.
  @Test func theOldFormat() throws {
    let path = folder.write(Self.legacy(), to: "old.pth")
    try check(try FeatureSet(path))
    let bytes = try FileContents.read(path)
    folder.write(Array(bytes.dropLast()), to: "cut.pth")
    let error = #expect(throws: ArrayFileError.self) { try FeatureSet(folder("cut.pth")) }
    #expect(
      error?.description == "\(folder("cut.pth")): the storage 'b' declares 20 numbers of 8 bytes, "
        + "159 bytes are left")
  }

  static func legacy() -> [UInt8] {
    func pickle(_ body: (inout PickleWriter) -> Void) -> [UInt8] { PickleWriter.pickle(body) }
    let magic: [UInt8] = [0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]
    var file = pickle { $0.raw(magic) } + pickle { $0.integer(1001) }
    file += pickle { writer in
      writer.dictionary {
        $0.string("little_endian")
        $0.raw([0x88])
      }
    }
    file += pickle { writer in
      writer.dictionary {
        $0.string("features")
        $0.tensor(key: "a", count: 60, shape: [20, 3], strides: [3, 1], hasView: true)
        $0.string("labels")
        $0.tensor(
          storage: "LongStorage", key: "b", count: 20, shape: [20], strides: [1], hasView: true)
      }
    }
    file += pickle {
      $0.raw([0x5d, 0x28])
      $0.string("a")
      $0.string("b")
      $0.raw([0x65])
    }
    file += LittleEndian.bytes([Int64(60)]) + LittleEndian.bytes(rows)
    return file + LittleEndian.bytes([Int64(20)]) + LittleEndian.bytes(labels)
  }
}
