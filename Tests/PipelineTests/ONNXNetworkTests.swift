import Arrays
import CollapseCore
import Datasets
import FeatureStore
import Files
import Foundation
import Networks
import Pipeline
import Reporting
import TestSupport
import Testing
import Training

/// Two graphs that PyTorch's exporters wrote, with what PyTorch gives; Fixtures/make-onnx made them.
@Suite struct ONNXNetworkTests {
  private let folder = TemporaryFolder()

  private static func fixture(_ name: String) -> String {
    var url = URL(filePath: #filePath)
    url.deleteLastPathComponent()
    return url.appending(path: "Fixtures/\(name)").path
  }

  private static func golden(_ name: String, _ array: String) throws -> [Float] {
    try ArrayFile.open(fixture("\(name)-golden.npz")).array(array).readReals(nil).map { Float($0) }
  }

  private func options(_ name: String) -> ImportOptions {
    var options = ImportOptions(
      preprocessing: Preprocessing(
        normalization: ChannelNormalization(means: [0], standardDeviations: [1])))
    options.threads = 1
    options.logits = Self.fixture("\(name)-golden.npz")
    return options
  }

  private func samples(_ name: String) throws -> Samples {
    Samples(values: try Self.golden(name, "input"), labels: [0, 1, 2, 0])
  }

  @Test(arguments: [
    ("residual", ["conv1", "bn1", "fc"]), ("folded", ["features.0", "features.4", "hidden"]),
  ])
  func theLayersGiveWhatPyTorchGives(_ name: String, _ known: [String]) throws {
    let samples = try samples(name)
    let model = try ForeignModel(
      Self.fixture("\(name).onnx"), options(name), samples: samples, input: samples.sampleShape)
    guard case .layers(let network) = model else {
      Issue.record("\(model.summary)")
      return
    }
    let names = Set(network.mapping.architecture.allLayers.map(\.name))
    #expect(names.isSuperset(of: known))
    var features: [Float] = []
    var logits: [Float] = []
    try FeatureExtractor(network.checkpoint, threads: 1).extract(samples) {
      features += $0.layers[0].rows
      logits += $0.logits
    }
    for (ours, theirs) in [
      (features, try Self.golden(name, "features")), (logits, try Self.golden(name, "logits")),
    ] {
      try #require(ours.count == theirs.count)
      let largest = theirs.map(\.magnitude).max()!
      for (a, b) in zip(ours, theirs) { #expect((a - b).magnitude <= 1e-5 * largest) }
    }
    #expect(network.checkpoint.attributes["source"] == .string("\(name).onnx"))
    if case .logits(let count, _) = network.confirmation {
      #expect(count == 4)
    } else {
      Issue.record("\(network.confirmation)")
    }
    // A checkpoint of ours like any other.
    let path = folder("\(name).h5")
    try CheckpointFile.write(network.checkpoint, to: path)
    #expect(try FeatureExtraction(CheckpointFile.read(path)).mapLayers(of: .last).isEmpty)
  }

  @Test func nothingIsBelievedOfAGraphEither() throws {
    let samples = try samples("folded")
    var options = self.options("folded")
    options.logits = folder.write(
      NPYWriter.file([Float](repeating: 1, count: 12), [4, 3]), to: "other.npy")
    func open(_ options: ImportOptions) throws -> ForeignModel {
      try ForeignModel(
        Self.fixture("folded.onnx"), options, samples: samples, input: samples.sampleShape)
    }
    let error = #expect(throws: NetworkError.self) { _ = try open(options) }
    #expect(error?.reason.contains("its outputs are not those in \(folder("other.npy"))") == true)
    options.logits = nil
    let unconfirmed = #expect(throws: NetworkError.self) { _ = try open(options) }
    #expect(
      unconfirmed?.reason.contains(
        "nothing shows how samples are prepared: no batch normalization is left")
        == true)
    options.network = NetworkDescription(kind: "mlp")
    let described = #expect(throws: NetworkError.self) { _ = try open(options) }
    #expect(
      described?.reason
        == "\(Self.fixture("folded.onnx")): a graph says itself what network it is; none can be described "
        + "for it")
  }

  /// The same graph a second time, as a checkpoint of a later epoch is, with other numbers.
  @Test func checkpointsOfOneGraphAreMeasuredTogether() throws {
    let bytes = try FileContents.read(Self.fixture("residual.onnx"))
    let paths = ["epoch_1.onnx", "epoch_2.onnx"].map { folder.write(bytes, to: $0) }
    let samples = try samples("residual")
    var batch = CheckpointBatch(
      analysis: FeatureAnalysis(),
      splits: [.init(name: "train", samples: samples, isMeasured: true)], threads: 1)
    batch.importing = options("residual")
    batch.jobs = 2
    let found = Counter()
    let outcome = try batch.run(paths) { if case .found = $0 { _ = found.next() } }
    #expect(found.value == 1)
    #expect(outcome.failures.isEmpty)
    #expect(outcome.entries.map { $0.record.measurements[0].epoch } == [1, 2])
  }

  /// A graph of an operator that no layer does, for ONNX Runtime.
  private func swish() -> [UInt8] {
    ONNXWriter.model(
      nodes: [
        ONNXWriter.node("Flatten", ["x"], "f"), ONNXWriter.node("HardSwish", ["f"], "h"),
        ONNXWriter.node("MatMul", ["h", "w"], "y"),
      ], tensors: [ONNXWriter.tensor("w", [192, 3], (0..<576).map { Float($0 % 7) / 7 })],
      // Exactly three samples: of four, the last comes with two of zeros.
      input: [3, 3, 8, 8])
  }

  private static let hasRuntime: Bool = {
    Diagnosis.ofThisMachine().optional.contains {
      $0.name == "ONNX Runtime" && $0.text.first?.isNumber == true
    }
  }()

  @Test(.enabled("needs scripts/install-onnxruntime", { hasRuntime }))
  func anyOtherGraphRunsInTheRuntime() throws {
    let path = folder.write(swish(), to: "swish.onnx")
    let samples = try samples("residual")
    var options = self.options("residual")
    (options.logits, options.isTrusted) = (nil, true)
    let model = try ForeignModel(path, options, samples: samples, input: samples.sampleShape)
    #expect(
      model.summary[0]
        == "run by ONNX Runtime: no layer here does what HardSwish '/h' does")
    let output = folder("features.h5")
    _ = try model.extraction().write(samples, split: "train", to: output)
    let features = try FeatureSet(output)
    let rows = try #require(features.layers.last).rows
    let expected = samples.values.map { $0 * max(0, min(1, $0 / 6 + 0.5)) }
    for (a, b) in zip(try rows.floats(0..<4), expected) { #expect((a - b).magnitude < 1e-6) }
    #expect(features.classifier?.weights[2, 1] == Double(Float(5) / 7))
  }

  @Test func withoutTheRuntimeTheOperatorIsNamed() throws {
    folder.write(swish(), to: "swish.onnx")
    let result = try CollapseCommand.run(
      ["import", "swish.onnx", "--input", "3x8x8", "--preset", "none", "--trust"], in: folder.path,
      environment: ["COLLAPSE_ONNXRUNTIME": "/nowhere/libonnxruntime.so"])
    #expect(result.exitCode == 66)
    #expect(
      result.errors.contains(
        "swish.onnx: no layer here does what HardSwish '/h' does; ONNX Runtime is not there "
          + "(/nowhere/libonnxruntime.so: "))
    #expect(result.errors.contains("scripts/install-onnxruntime brings it"))
  }
}

/// Samples of given numbers.
private struct Samples: LabeledSamples {
  var values: [Float]
  var labels: [Int32]
  var sampleShape: Shape { [3, 8, 8] }
  var classNames = ["a", "b", "c"]

  func selecting(_ indices: [Int]) -> Samples {
    Samples(
      values: indices.flatMap { values[$0 * 192..<($0 + 1) * 192] },
      labels: indices.map { labels[$0] }, classNames: classNames)
  }

  func relabeled(_ labels: [Int32], classNames: [String]) -> Samples {
    Samples(values: values, labels: labels, classNames: classNames)
  }

  func copy(
    _ indices: some Collection<Int>, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws {
    for (place, index) in indices.enumerated() {
      for offset in 0..<192 { buffer[place * 192 + offset] = values[index * 192 + offset] }
    }
  }
}
