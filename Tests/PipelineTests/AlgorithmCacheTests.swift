import CollapseCore
import Files
import Foundation
import Networks
import Pipeline
import TestSupport
import Testing
import Training

@Suite struct AlgorithmCacheTests {
  static func path() -> String {
    FileManager.default.temporaryDirectory
      .appending(path: "algorithms-\(UUID().uuidString)/deeper/algorithms.json").path
  }

  /// What is added is read back on the same machine, beside what was there, and on no other.
  @Test func keepsMachinesApart() throws {
    let path = Self.path()
    let (here, there) = (
      AlgorithmCache(path: path, machine: "here"), AlgorithmCache(path: path, machine: "there")
    )
    #expect(try here.read() == AlgorithmChoices())
    try here.add(AlgorithmChoices(bySize: ["forward": "direct/native/0"]))
    try there.add(AlgorithmChoices(bySize: ["forward": "winograd/native/0"]))
    try here.add(AlgorithmChoices(bySize: ["backward": "direct/planar/0"]))
    #expect(
      try here.read().bySize == ["forward": "direct/native/0", "backward": "direct/planar/0"])
    #expect(try there.read().bySize == ["forward": "winograd/native/0"])
  }

  @Test(arguments: [
    ("not JSON", "expected a version and machines in JSON"),
    (#"{"version": 1, "machines": []}"#, "expected a version and machines in JSON"),
    (#"{"version": 2, "machines": {}}"#, "expected version 1, found 2"),
  ]) func malformed(_ content: String, _ reason: String) throws {
    let path = Self.path()
    let cache = AlgorithmCache(path: path)
    try cache.add(AlgorithmChoices())
    try AtomicFile.write(content, to: path)
    let error = #expect(throws: AlgorithmCacheError.self) { try cache.read() }
    #expect(error?.description == "\(path): \(reason)")
    try cache.add(AlgorithmChoices(bySize: ["forward": "direct/native/0"]))
    #expect(try cache.read().bySize.count == 1, "a malformed file is replaced")
  }

  /// A training times what is not known and keeps it; the next one takes it from there. A file
  /// that cannot be used costs a note and nothing else.
  @Test func trainingsShareIt() throws {
    let path = Self.path()
    let cache = AlgorithmCache(path: path)
    var options = TrainingOptions()
    options.epochs = 1
    let pixels = (0..<20 * 64).map { UInt8(truncatingIfNeeded: $0 &* 37) }
    let samples = LabeledImages(
      sampleShape: [1, 8, 8], pixels: pixels, labels: (0..<20).map { Int32($0 % 2) },
      classNames: ["a", "b"])
    let network = NetworkDescription(
      kind: "custom",
      layers: [
        LayerDescription("conv", Convolution(outputs: 16, window: Window(3, padding: 1))),
        LayerDescription("pool", GlobalAveragePooling()),
        LayerDescription("classifier", Dense(outputs: 2)),
      ])
    func notes() throws -> [String] {
      let folder = RunFolder(path: "\(path).run-\(UUID().uuidString)")
      let training = CheckpointedTraining(
        folder: folder, network: network, options: options,
        data: TrainingData(
          name: "toy", train: samples, test: nil, normalization: .centred(channels: 1),
          record: nil, sha256: ""),
        threads: 2, algorithmCache: cache)
      var notes: [String] = []
      _ = try training.run(resuming: false, interruption: Interruption()) {
        if case .note(let text) = $0 { notes.append(text) }
      }
      return notes
    }
    #expect(try notes() == [])
    let known = try cache.read()
    #expect(known.bySize.count == 2, "forward and by weights")
    // Whether the known choice is taken shows where it is not the one timing has found.
    var others = known.bySize
    for (size, found) in known.bySize {
      let possible = [
        "direct/native/0",
        size.hasPrefix("backward") ? "product/channelsLast/0" : "direct/planar/0",
      ]
      others[size] = possible.first { $0 != found }
    }
    try cache.add(AlgorithmChoices(bySize: others))
    #expect(try notes() == [])
    #expect(try cache.read().bySize == others)
    try AtomicFile.write("damage", to: path)
    #expect(
      try notes() == [
        "algorithms are timed anew: \(path): expected a version and machines in JSON"
      ])
    #expect(try cache.read().bySize.keys.sorted() == known.bySize.keys.sorted())
  }
}
