import Arrays
import CollapseCore
import FeatureStore
import Files
import TestSupport
import Testing

/// Features, labels and classifier are found in the files of other frameworks.
@Suite struct ForeignFileTests {
  let folder = TemporaryFolder()

  static let features: [Float] = [1, 2, 3, 4, 5, 6, 7, 8]
  static let labels: [Int64] = [1, 0, 2, 1]
  static let weights: [Float] = [1, 0, 0, 1, -1, -1]
  static let bias: [Float] = [0.5, 0, -0.5]

  /// The same content as NumPy, safetensors and PyTorch files.
  enum Format: String, CaseIterable, Sendable { case npz, npzZip64Deflated, safetensors, pt }

  private func write(_ format: Format, renaming: [String: String] = [:]) -> String {
    func name(_ usual: String) -> String { renaming[usual] ?? usual }
    switch format {
    case .npz, .npzZip64Deflated:
      var archive = ZipWriter([
        .init("\(name("features")).npy", NPYWriter.file(Self.features, [4, 2])),
        .init("\(name("labels")).npy", NPYWriter.file(Self.labels)),
        .init("\(name("fc.weight")).npy", NPYWriter.file(Self.weights, [3, 2])),
        .init("\(name("fc.bias")).npy", NPYWriter.file(Self.bias, [3])),
        .init("epoch.npy", NPYWriter.file("<i8", [], data: LittleEndian.bytes([7]))),
        .init("weight_decay.npy", NPYWriter.file("<f8", [1], data: LittleEndian.bytes([5e-4]))),
      ])
      if format == .npzZip64Deflated {
        archive.isZip64 = true
        archive.entries = archive.entries.map(\.deflated)
      }
      return folder.write(archive.bytes, to: "a.npz")
    case .safetensors:
      return folder.write(
        SafetensorsWriter.file(
          [
            (name("features"), "F32", [4, 2], LittleEndian.bytes(Self.features)),
            (name("labels"), "I64", [4], LittleEndian.bytes(Self.labels)),
            (name("fc.weight"), "F32", [3, 2], LittleEndian.bytes(Self.weights)),
            (name("fc.bias"), "F32", [3], LittleEndian.bytes(Self.bias)),
          ], metadata: [("epoch", "7"), ("weight_decay", "5e-4"), ("dataset", "mnist")]),
        to: "a.safetensors")
    case .pt:
      let pickle = PickleWriter.pickle { writer in
        writer.dictionary {
          $0.string(name("features"))
          $0.tensor(key: "0", count: 8, shape: [4, 2], strides: [2, 1])
          $0.string(name("labels"))
          $0.tensor(storage: "LongStorage", key: "1", count: 4, shape: [4], strides: [1])
          // Both on one storage, as after flattening parameters.
          $0.string(name("fc.weight"))
          $0.tensor(key: "2", count: 9, shape: [3, 2], strides: [2, 1])
          $0.string(name("fc.bias"))
          $0.tensor(key: "2", count: 9, offset: 6, shape: [3], strides: [1])
          $0.string("epoch")
          $0.integer(7)
          $0.string("weight_decay")
          $0.raw([UInt8(ascii: "G")] + LittleEndian.bytes([5e-4]).reversed())
        }
      }
      let archive = PickleWriter.archive(
        pickle: pickle,
        storages: [
          LittleEndian.bytes(Self.features), LittleEndian.bytes(Self.labels),
          LittleEndian.bytes(Self.weights + Self.bias),
        ])
      return folder.write(archive.bytes, to: "a.pt")
    }
  }

  private func check(_ file: FeatureSet) throws {
    #expect(file.layers.count == 1)
    #expect(try file.layers[0].rows.floats(0..<4) == Self.features)
    #expect(try file.labels.all() == Self.labels)
    #expect(file.classifier?.weights.elements == Self.weights.map { Double($0) })
    #expect(file.classifier?.bias == Self.bias.map { Double($0) })
    #expect(file.metadata.epoch == 7)
    #expect(file.metadata.facts.weightDecay == 5e-4)
    #expect(file.warnings == [])
  }

  @Test(arguments: Format.allCases) func usualNamesAreFound(_ format: Format) throws {
    try check(try FeatureSet(write(format)))
  }

  @Test(arguments: Format.allCases) func anyNamesCanBeGiven(_ format: Format) throws {
    let path = write(
      format,
      renaming: ["features": "h", "labels": "classes", "fc.weight": "last", "fc.bias": "shift"])
    var options = FeatureFileOptions()
    options.features = ["h"]
    options.labels = "classes"
    options.weights = "last"
    options.bias = "shift"
    try check(try FeatureSet(path, options: options))
  }

  @Test(arguments: Format.allCases) func absentNamesAreListed(_ format: Format) throws {
    let path = write(format)
    var options = FeatureFileOptions()
    options.features = ["h"]
    let error = #expect(throws: ArrayFileError.self) {
      try FeatureSet(path, options: options)
    }
    let noun = path.hasSuffix("npz") ? "array" : "tensor"
    let others = path.hasSuffix("npz") ? ", 'epoch', 'weight_decay'" : ""
    #expect(
      error?.description
        == "\(path): it has no \(noun) 'h'; it has 'features', 'labels', 'fc.weight', 'fc.bias'"
        + others)
  }

  @Test func layersKeepTheirOrder() throws {
    let archive = ZipWriter(
      ["layers/fc1", "layers/fc2", "layers/fc10"].map {
        .init("\($0).npy", NPYWriter.file(Self.features, [4, 2]))
      } + [.init("labels.npy", NPYWriter.file(Self.labels))])
    let file = try FeatureSet(folder.write(archive.bytes, to: "a.npz"))
    #expect(file.layers.map(\.name) == ["fc1", "fc2", "fc10"])
  }

  @Test func labelsAndClassifierFromOtherFiles() throws {
    let features = folder.write(NPYWriter.file(Self.features, [4, 2]), to: "features.npy")
    let labels = folder.write(NPYWriter.file(Self.labels), to: "labels.npy")
    let model = write(.pt, renaming: ["fc.weight": "model.fc.weight", "fc.bias": "model.fc.bias"])
    var options = FeatureFileOptions()
    options.labelsFile = labels
    options.classifierFile = model
    let file = try FeatureSet(features, options: options)
    #expect(try file.layers[0].rows.floats(0..<4) == Self.features)
    #expect(try file.labels.all() == Self.labels)
    #expect(file.classifier?.weights.elements == Self.weights.map { Double($0) })
    #expect(file.classifier?.bias == Self.bias.map { Double($0) })
    // The labels of an archive, for features of another.
    options.labelsFile = write(.npz)
    #expect(try FeatureSet(features, options: options).labels.all() == Self.labels)
  }

  @Test func oneArrayHasNoLabels() {
    let path = folder.write(NPYWriter.file(Self.features, [4, 2]), to: "features.npy")
    let error = #expect(throws: ArrayFileError.self) { try FeatureSet(path) }
    #expect(
      error?.description
        == "\(path): it holds one array, the features: say which file holds the labels")
    #expect(error?.choice == .labelsFile)
  }

  @Test func labelsMustBeAsManyAsRows() {
    let path = folder.write(NPYWriter.file(Self.features, [4, 2]), to: "features.npy")
    var options = FeatureFileOptions()
    options.labelsFile = folder.write(NPYWriter.file([0, 1, 2]), to: "labels.npy")
    let error = #expect(throws: ArrayFileError.self) {
      try FeatureSet(path, options: options)
    }
    #expect(error?.description == "\(options.labelsFile!): 3 labels for 4 rows of features")
  }

  @Test func oneHotLabelsOfAnyType() throws {
    let rows: [UInt8] = [0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0]
    let archive = ZipWriter([
      .init("features.npy", NPYWriter.file(Self.features, [4, 2])),
      .init("labels.npy", NPYWriter.file("|b1", [4, 3], data: rows)),
    ])
    let file = try FeatureSet(folder.write(archive.bytes, to: "a.npz"))
    #expect(try file.labels.all() == Self.labels)
  }

  /// The format is what the bytes are, whatever the file is called.
  @Test func contentDecides() throws {
    let path = write(.safetensors)
    let renamed = folder.write(try FileContents.read(path), to: "features.h5")
    try check(try FeatureSet(renamed))
  }

  static let others: [MalformedFile] = [
    .init(
      "text", Array("label,x0,x1\n".utf8),
      "expected HDF5, NumPy, safetensors, a PyTorch archive or ONNX, found text: save features and "
        + "labels with numpy.savez"),
    .init(
      "nothing", [],
      "expected HDF5, NumPy, safetensors, a PyTorch archive or ONNX, found an empty file"),
    .init(
      "a pickle of an object", [0x80, 2] + Array("cos\nsystem\n)R.".utf8),
      "the pickle holds an object of 'os.system', which is never made: expected a dictionary of "
        + "arrays"),
    .init(
      "a pickle that is cut short", [0x80, 2, 0x7d], at: "byte 3", "a pickle that is cut short"),
    .init(
      "an old file of PyTorch that is cut short",
      [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e],
      at: "byte 15", "a pickle that is cut short"),
    .init(
      "a zip archive of text", ZipWriter([.init("a.txt", [1])]).bytes,
      "a zip archive without NumPy arrays or a PyTorch 'data.pkl'"),
  ]

  @Test(arguments: others) func otherFilesAreRefused(_ file: MalformedFile) {
    file.expectRefusal("a.bin")
  }
}
