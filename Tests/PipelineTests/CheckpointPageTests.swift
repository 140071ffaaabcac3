import CollapseCore
import Datasets
import Files
import Foundation
import Networks
import TestSupport
import Testing
import Training

/// Every command of docs/checkpoints.md, on a small data set and networks written as PyTorch does.
@Suite struct CheckpointPageTests {
  private let folder = TemporaryFolder()

  /// Images of 32×32 whose classes are shades, noisy.
  private func images(_ count: Int, seed: UInt64) -> LabeledImages {
    var generator = SeededGenerator(seed: seed)
    let labels = (0..<count).map { Int32($0 % 3) }
    let pixels = labels.flatMap { label in
      (0..<3 * 1024).map { place in
        UInt8.random(in: 0...150, using: &generator) + (place / 1024 == label ? 90 : 0)
      }
    }
    return LabeledImages(
      sampleShape: [3, 32, 32], pixels: pixels, labels: labels,
      classNames: ["red", "green", "blue"])
  }

  private func prepare() throws {
    let (train, test) = (images(90, seed: 1), images(66, seed: 2))
    try DatasetWriter.write(
      ImageDataset(
        format: .cifar,
        splits: [
          DatasetSplit(name: "train", images: train), DatasetSplit(name: "test", images: test),
        ]), to: try makeFolder("data/cifar-10"), format: .cifar)
    var options = TrainingOptions()
    (options.epochs, options.batchSize, options.threads) = (10, 9, 1)
    options.learningRate.initial = 0.01
    let normalization = Preprocessing.presets.first { $0.name == "cifar10" }?.preprocessing
      .normalization
    let names = ["1", "2", "3", "4"]  // Flatten, Linear, BatchNorm1d, ReLU, Linear
    let layers = [
      LayerDescription("0", Flatten()), LayerDescription(names[0], Dense(outputs: 8)),
      LayerDescription(names[1], BatchNormalization()), LayerDescription(names[2], ReLU()),
      LayerDescription(names[3], Dense(outputs: 3)),
    ]
    let checkpoint = try Trainer(
      network: NetworkDescription(kind: "custom", layers: layers), options: options,
      training: train, normalization: normalization
    ).run().checkpoint
    folder.write(graph(checkpoint), to: "model.onnx")
    let model = archive(checkpoint)
    for path in ["model.pt", "checkpoints/epoch_5.pt", "checkpoints/epoch_10.pt"] {
      folder.write(model, to: path)
    }
    var logits: [Float] = []
    try FeatureExtractor(checkpoint, threads: 1).extract(test.selecting(Array(0..<64))) {
      logits += $0.logits
    }
    folder.write(
      ZipWriter([.init("logits.npy", NPYWriter.file(logits, [64, 3]))]).bytes, to: "logits.npz")
  }

  /// The file that `torch.save(model.state_dict(), path)` writes.
  private func archive(_ checkpoint: NamedTensors) -> [UInt8] {
    let names = checkpoint.names.filter { !$0.hasPrefix("optimizer") }
    let order = names.sorted { layer(of: $0) < layer(of: $1) }
    var storages: [[UInt8]] = []
    let pickle = PickleWriter.pickle { writer in
      writer.orderedDictionary()
      writer.raw([UInt8(ascii: "(")])
      for name in order {
        let tensor = checkpoint[name]!
        writer.string(name.split(separator: "/").dropFirst().joined(separator: "."))
        let shape = tensor.shape.dimensions
        writer.tensor(
          key: String(storages.count), count: tensor.values.count, shape: shape,
          strides: shape.count == 2 ? [shape[1], 1] : [1])
        storages.append(tensor.values.withUnsafeBytes { Array($0) })
      }
      writer.raw([UInt8(ascii: "u")])
    }
    return PickleWriter.archive(pickle: pickle, storages: storages).bytes
  }

  /// The same network as a graph.
  private func graph(_ checkpoint: NamedTensors) -> [UInt8] {
    let arrays: [(String, String)] = [
      ("1.weight", "1/weight"), ("1.bias", "1/bias"), ("2.weight", "2/weight"),
      ("2.bias", "2/bias"), ("4.weight", "4/weight"), ("4.bias", "4/bias"),
    ]
    var tensors = arrays.map { name, place in (name, checkpoint["parameters/\(place)"]!) }
    for name in ["running_mean", "running_var"] {
      tensors.append(("2.\(name)", checkpoint["statistics/2/\(name)"]!))
    }
    let transposed = ONNXWriter.bytes(5, ONNXWriter.text(1, "transB") + ONNXWriter.number(3, 1))
    return ONNXWriter.model(
      nodes: [
        ONNXWriter.node("Flatten", ["x"], "f"),
        ONNXWriter.node("Gemm", ["f", "1.weight", "1.bias"], "h", transposed),
        ONNXWriter.node(
          "BatchNormalization", ["h", "2.weight", "2.bias", "2.running_mean", "2.running_var"], "n"),
        ONNXWriter.node("Relu", ["n"], "r"),
        ONNXWriter.node("Gemm", ["r", "4.weight", "4.bias"], "y", transposed),
      ],
      tensors: tensors.map { ONNXWriter.tensor($0, $1.shape.dimensions, $1.values) },
      input: [0, 3, 32, 32])
  }

  private func layer(of name: String) -> String { String(name.split(separator: "/")[1]) }

  private func makeFolder(_ name: String) throws -> String {
    let path = folder(name)
    try FileManager.default.createDirectory(
      atPath: String(path[..<path.lastIndex(of: "/")!]), withIntermediateDirectories: true)
    return path
  }

  @Test func everyCommandOfThePageDoesWhatItSays() throws {
    try prepare()
    let page = try String(
      contentsOfFile: CollapseCommand.projectRoot + "/docs/checkpoints.md", encoding: .utf8)
    let blocks = page.components(separatedBy: "```sh\n").dropFirst().map {
      $0.components(separatedBy: "```")[0]
    }
    let lines = blocks.joined().split(separator: "\n")
    let commands = lines.map { String($0.prefix { $0 != "#" }) }
    #expect(commands.count == 9)
    var errors = ""
    for command in commands {
      let words = command.split(separator: " ").map { String($0.filter { $0 != "'" }) }
      #expect(words.first == "collapse")
      let result = try CollapseCommand.run(Array(words.dropFirst()), in: folder.path)
      #expect(result.exitCode == 0, "\(command): \(result.errors)")
      errors += result.errors
    }
    #expect(errors.contains("outputs of 64 samples agree with those stated within"))
    #expect(errors.contains("1 batch normalizations: inputs are within"))
    for file in [
      "model.h5", "from-graph.h5", "features.h5", "measures.csv", "page/index.html", "both.csv",
    ] {
      #expect(FileManager.default.fileExists(atPath: folder(file)), "\(file)")
    }
    let rows = CSVReader.records(try String(contentsOfFile: folder("both.csv"), encoding: .utf8))
    let header = rows[0]
    func column(_ name: String) throws -> [String] {
      let index = try #require(header.firstIndex(of: name))
      return rows.dropFirst().map { $0[index] }
    }
    #expect(try column("epoch") == ["5", "5", "10", "10"])
    #expect(try column("split") == ["train", "test", "train", "test"])
  }

  /// Tasks of a scheduler measure foreign checkpoints in shares. Each has the last one too, which shows how the
  /// network is put together, and what they wrote joins to the tables of one process.
  @Test func sharesOfForeignCheckpointsJoinToTheWhole() throws {
    try prepare()
    let model = try FileContents.read(folder("model.pt"))
    for epoch in 11...13 { folder.write(model, to: "checkpoints/epoch_\(epoch).pt") }
    func measure(_ more: String...) throws -> String {
      let result = try CollapseCommand.run(
        ["measure", "checkpoints/*.pt", "cifar-10", "--preset", "cifar10"] + more, in: folder.path)
      #expect(result.exitCode == 0, "\(result.errors)")
      return result.errors
    }
    func table() throws -> String {
      defer { try? FileManager.default.removeItem(atPath: folder("all.csv")) }
      return try String(contentsOfFile: folder("all.csv"), encoding: .utf8)
    }
    _ = try measure("-o", "all.csv")
    let whole = try table()
    try FileManager.default.removeItem(atPath: folder("all.json"))
    for share in 1...3 {
      let told = try measure("--share", "\(share)/3", "-o", "share-\(share).csv", "--jobs", "2")
      #expect(told.contains("checkpoints/epoch_13.pt:\n"))
      let count = share == 1 ? 3 : 2
      #expect(told.hasSuffix("\(count) checkpoints → share-\(share).csv\n"), "\(told)")
    }
    let told = try measure("-o", "all.csv", "--earlier", "share-*.json")
    #expect(told.hasSuffix("5 checkpoints → all.csv, 5 unchanged\n"), "\(told)")
    #expect(try table() == whole)
  }

  @Test func preparationHasToBeSaid() throws {
    try prepare()
    let result = try CollapseCommand.run(["import", "model.pt", "cifar-10"], in: folder.path)
    #expect(result.exitCode == 64)
    #expect(
      result.errors.contains(
        "how were the samples prepared for this network? Nothing in its file says so: --preset "
          + "imagenet-v1|imagenet-v2|cifar10|cifar10-kuangliu|none, or --mean and --std"))
  }

  /// What is taken over is prepared for as it was, without being told again.
  @Test func aCheckpointKeepsHowImagesArePrepared() throws {
    try prepare()
    func run(_ arguments: String) throws -> CollapseCommand.Result {
      try CollapseCommand.run(arguments.split(separator: " ").map(String.init), in: folder.path)
    }
    #expect(try run("import model.pt cifar-10 --preset cifar10 -o model.h5").exitCode == 0)
    #expect(try run("extract model.h5 cifar-10 ours.h5 --split test").exitCode == 0)
    #expect(
      try run("extract model.pt cifar-10 theirs.h5 --split test --preset cifar10").exitCode == 0)
    let measures = try ["ours.h5", "theirs.h5"].map {
      try run("analyze \($0) --json").output.replacing($0, with: "").replacing(
        /"command": "[^"]*"/, with: ""
      ).replacing(/"stamp": "[^"]*"/, with: "")
    }
    #expect(measures[0] == measures[1])
  }
}
