import CollapseCore
import LibC
import Networks
import Testing

/// What one walk through a network's layers knows of them.
@Suite struct ArchitectureTests {
  static let custom = NetworkDescription(
    kind: "custom",
    layers: [
      LayerDescription("conv", Convolution(outputs: 4, window: Window(3, padding: 1))),
      LayerDescription("norm", BatchNormalization()),
      LayerDescription("pool", MaxPooling(Window(2))),
      LayerDescription(
        "block",
        Residual(
          body: [
            LayerDescription("block.a", Convolution(outputs: 4, window: Window(1))),
            LayerDescription("block.relu", ReLU()),
            LayerDescription("block.b", Convolution(outputs: 4, window: Window(1))),
          ], shortcut: [])),
      LayerDescription("flat", Flatten()), LayerDescription("plain", Dense(outputs: 6)),
      LayerDescription("drop", Dropout()), LayerDescription("hidden", Dense(outputs: 5)),
      LayerDescription("drop2", Dropout()), LayerDescription("relu", ReLU()),
      LayerDescription("last", BatchNormalization()),
      LayerDescription("classifier", Dense(outputs: 3)),
    ])

  /// A block ends with what rectifies or normalizes its affine map, whatever its kind; the last one
  /// given is the classifier's input.
  @Test(arguments: [
    (
      NetworkDescription(kind: "mlp", widths: [4, 5]), ["features.2", "features.5"]
    ),
    (
      NetworkDescription(
        kind: "mlp", widths: [4], batchNormalization: .none,
        lastLayerBatchNormalization: .withoutShift), ["features.1", "normalization"]
    ),
    (
      NetworkDescription(kind: "resnet18"),
      [
        "relu", "layer1.0", "layer1.1", "layer2.0", "layer2.1", "layer3.0", "layer3.1", "layer4.0",
        "layer4.1", "avgpool",
      ]
    ),
    (
      NetworkDescription(kind: "vgg11", batchNormalization: .none),
      [
        "features.1", "features.4", "features.7", "features.9", "features.12", "features.14",
        "features.17", "features.19", "avgpool",
      ]
    ),
    (custom, ["norm", "block", "plain", "relu", "last"]),
  ]) func blocks(_ network: NetworkDescription, _ names: [String]) throws {
    let architecture = try network.architecture(input: [3, 32, 32], classes: 3)
    #expect(architecture.blocks.map(\.name) == names)
    #expect(try architecture.featureLayer == architecture.blocks.last)
  }

  /// Every layer is met once, those inside others after them, with the shape the one before gives.
  @Test func walk() throws {
    let architecture = try Self.custom.architecture(input: [3, 8, 8], classes: 3)
    #expect(
      architecture.allLayers.map { "\($0.depth) \($0.name) \($0.input) \($0.output)" } == [
        "0 conv 3×8×8 4×8×8", "0 norm 4×8×8 4×8×8", "0 pool 4×8×8 4×7×7", "0 block 4×7×7 4×7×7",
        "1 block.a 4×7×7 4×7×7", "1 block.relu 4×7×7 4×7×7", "1 block.b 4×7×7 4×7×7",
        "0 flat 4×7×7 196", "0 plain 196 6", "0 drop 6 6", "0 hidden 6 5", "0 drop2 5 5",
        "0 relu 5 5", "0 last 5 5", "0 classifier 5 3",
      ])
    #expect(
      architecture.parameters.map { "\($0.name) \($0.parameter.shape)" } == [
        "conv/weight 4×3×3×3", "conv/bias 4", "norm/weight 4", "norm/bias 4",
        "block.a/weight 4×4×1×1", "block.a/bias 4", "block.b/weight 4×4×1×1", "block.b/bias 4",
        "plain/weight 6×196", "plain/bias 6", "hidden/weight 5×6", "hidden/bias 5", "last/weight 5",
        "last/bias 5", "classifier/weight 3×5", "classifier/bias 3",
      ])
    #expect(
      architecture.parameters.filter(\.isClassifier).map(\.layer) == ["classifier", "classifier"])
    #expect(architecture.layers[1].statistics.map(\.name) == ["running_mean", "running_var"])
  }

  struct Oversized: CustomTestStringConvertible {
    let testDescription: String
    let layers: [LayerDescription]
    var input: Shape = [784]
    let expected: String
  }

  /// What no machine can hold is refused with the memory it would take; nothing overflows.
  @Test(arguments: [
    Oversized(
      testDescription: "outputs",
      layers: [LayerDescription("wide", Dense(outputs: 1_000_000_000_000_000_000))],
      expected: "cannot build layer 'wide': its output for one sample, of shape "
        + "1000000000000000000, would take 3.5 EiB"),
    Oversized(
      testDescription: "weights", layers: [LayerDescription("wide", Dense(outputs: 1 << 39))],
      expected: "cannot build layer 'wide': its weight, of shape 549755813888×784, would take "
        + "1.5 PiB"),
    Oversized(
      testDescription: "more than can be counted",
      layers: [LayerDescription("wide", Dense(outputs: .max))],
      expected: "cannot build layer 'wide': its output for one sample, of shape "
        + "9223372036854775807, would take 32 EiB"),
    Oversized(
      testDescription: "channels",
      layers: [LayerDescription("conv", Convolution(outputs: .max, window: Window(3)))],
      input: [3, 8, 8],
      expected: "cannot build layer 'conv': its output for one sample, of shape "
        + "9223372036854775807×6×6, would take 1152 EiB"),
    Oversized(
      testDescription: "kernel",
      layers: [
        LayerDescription("conv", Convolution(outputs: 1, window: Window(.max, padding: .max)))
      ],
      input: [3, 8, 8],
      expected: "cannot build a layer 'convolution' on inputs of shape 3×8×8: its kernel of "
        + "9223372036854775807×9223372036854775807 finds no place on the map"),
    Oversized(
      testDescription: "samples", layers: [LayerDescription("flat", Flatten())],
      input: [1 << 40, 1 << 40, 1 << 40],
      expected: "cannot build the network: a sample, of shape "
        + "1099511627776×1099511627776×1099511627776, would take more than a million EiB"),
  ]) func oversized(_ c: Oversized) throws {
    let error = #expect(throws: NetworkError.self) { try Architecture(c.layers, input: c.input) }
    #expect(error?.description == c.expected)
  }

  /// A network that a bigger machine could hold is refused by the one that cannot.
  @Test func memoryOfTheMachine() throws {
    let architecture = try Architecture(
      [
        LayerDescription("a", Dense(outputs: 1 << 20, bias: false)),
        LayerDescription("b", Dense(outputs: 1 << 19, bias: false)),
      ], input: [1 << 10])
    var options = TrainingOptions()
    options.batchSize = .max
    let memory = NetworkMemory(training: architecture, options, samples: 100)
    let parameters = 0x1p30 + 0x1p39
    let outputs = 0x1p10 + 0x1p20 + 0x1p19
    #expect(memory.parameterBytes == 12 * parameters)
    #expect(memory.activationBytes == 400 * outputs)
    #expect(throws: Never.self) { try memory.check(limit: 1 << 43) }
    let error = #expect(throws: NetworkError.self) { try memory.check(limit: 64 << 30) }
    #expect(
      error?.description
        == "cannot run the network: it takes at least 6.0 TiB of memory (parameters 6.0 TiB, a batch "
        + "of 100 samples 600 MiB), this machine has 64 GiB; a smaller network takes less")
  }

  /// In inference layers write over what is no longer needed: of a chain two neighbours are in memory, of a
  /// block what its shortcut gives beside those.
  @Test func memoryOfInference() throws {
    func live(_ layers: [LayerDescription], _ input: Shape) throws -> Double {
      NetworkMemory(inference: try Architecture(layers, input: input), batch: 3).activationBytes
        / 12
    }
    func dense(_ name: String, _ outputs: Int) -> LayerDescription {
      LayerDescription(name, Dense(outputs: outputs))
    }
    #expect(try live([dense("a", 100), dense("b", 40), dense("c", 90)], [20]) == 140)
    #expect(try live([LayerDescription("flat", Flatten()), dense("a", 3)], [2, 5, 5]) == 53)
    let narrow = [
      dense("a", 5), LayerDescription("n", BatchNormalization()), LayerDescription("r", ReLU()),
      dense("b", 7), dense("c", 100), LayerDescription("m", BatchNormalization()),
    ]
    // The sum of 100 is written over the input, and the body has 5 and 7 beside it.
    #expect(
      try live(
        [dense("stem", 100), LayerDescription("block", Residual(body: narrow)), dense("end", 2)],
        [4]) == 112)
    #expect(
      try live(
        [
          dense("stem", 30),
          LayerDescription("block", Residual(body: narrow, shortcut: [dense("s", 100)])),
        ], [4]) == 135)
  }

  /// A field that a kind of network does not read is refused where it says anything.
  @Test(arguments: [
    (
      NetworkDescription(kind: "custom", batchNormalization: .last, layers: custom.layers),
      "batchNormalization", "kind, initialization, layers"
    ),
    (
      NetworkDescription(kind: "custom", widths: [3], layers: custom.layers), "widths",
      "kind, initialization, layers"
    ),
    (
      NetworkDescription(kind: "custom", classifierBias: false, layers: custom.layers),
      "classifierBias", "kind, initialization, layers"
    ),
    (
      NetworkDescription(
        kind: "custom", lastLayerBatchNormalization: .withShift, layers: custom.layers),
      "lastLayerBatchNormalization", "kind, initialization, layers"
    ),
    (
      NetworkDescription(kind: "mlp", widths: [3], widthMultiplier: 2), "widthMultiplier",
      "kind, widths, batchNormalization, lastLayerBatchNormalization, normalizationGate, "
        + "classifierBias, classifierFrame, activation, featureActivation, initialization"
    ),
    (
      NetworkDescription(kind: "resnet18", layers: custom.layers), "layers",
      "kind, widthMultiplier, batchNormalization, lastLayerBatchNormalization, "
        + "normalizationGate, classifierBias, classifierFrame, initialization"
    ),
  ]) func ignoredFields(_ network: NetworkDescription, _ field: String, _ known: String) {
    let error = #expect(throws: NetworkError.self) {
      try network.architecture(input: [3, 32, 32], classes: 3)
    }
    #expect(
      error?.description
        == "cannot build network '\(network.kind)': it takes no '\(field)'; there are \(known)")
  }

  /// Every batch normalization of a network has its gate, and a network without any has no use for one.
  @Test(arguments: ["mlp", "convnet", "vgg11", "resnet18", "resnet50"])
  func gatesStandInAllNormalizations(_ kind: String) throws {
    let gate = NormalizationGate(threshold: 0.3, normalizesBy: .batch)
    var network = NetworkDescription(
      kind: kind, widths: ["mlp", "convnet"].contains(kind) ? [4, 3] : nil,
      lastLayerBatchNormalization: .withShift, normalizationGate: gate)
    func gates() throws -> [NormalizationGate] {
      try network.architecture(input: [3, 32, 32], classes: 3).allLayers
        .compactMap { ($0.description.layer as? BatchNormalization)?.gate }
    }
    let architecture = try network.architecture(input: [3, 32, 32], classes: 3)
    let count = architecture.allLayers.count { $0.description.layer is BatchNormalization }
    #expect(try count > 2 && gates() == Array(repeating: gate, count: count))
    network.batchNormalization = .none
    #expect(try gates() == [gate])
    network.lastLayerBatchNormalization = .none
    let error = #expect(throws: NetworkError.self) { try gates() }
    #expect(error?.description.contains("'normalizationGate' is for batch normalizations") == true)
  }

  /// The epochs of a schedule, counted without going through them where they are many.
  @Test(arguments: [
    (EpochSchedule(), 7), (EpochSchedule(everyEpochs: 3), 10),
    (EpochSchedule(logarithmic: 1), 5), (EpochSchedule(logarithmic: 12), 200),
    (EpochSchedule(everyEpochs: 20, logarithmic: 12), 200),
    (EpochSchedule(logarithmic: 5000), 350),
    (EpochSchedule(epochs: [0, 3, 9]), 7),
    (EpochSchedule(everyEpochs: 3, logarithmic: 4, epochs: [0, 3, 5, 5]), 20),
  ]) func epochsOfASchedule(_ schedule: EpochSchedule, _ epochs: Int) {
    var due: Set<Int> = [epochs]
    if let every = schedule.everyEpochs {
      due.formUnion(stride(from: every, through: epochs, by: every))
    }
    if let count = schedule.logarithmic, count > 1 {
      for index in 0..<count {
        let position = Double(index) / Double(count - 1)
        due.insert(Int(exp(log(Double(epochs)) * position).rounded()))
      }
    }
    due.formUnion((schedule.epochs ?? []).filter { $0 <= epochs })
    #expect((0...epochs).filter { schedule.isDue(after: $0, of: epochs) } == due.sorted())
    #expect(schedule.count(of: epochs) == due.count)
    #expect(schedule.count(of: .max) > 0)
  }
  @Test func checkpointsAreDueByEpochsAndBySteps() throws {
    let schedule = CheckpointSchedule(everyEpochs: 3, steps: [0, 5, 8, 8])
    #expect((0...9).filter { schedule.isDue(afterStep: $0) } == [0, 5, 8])
    #expect(schedule.isDue(after: 3, of: 7, steps: 12))
    #expect(schedule.isDue(after: 2, of: 7, steps: 8))
    #expect(!schedule.isDue(after: 2, of: 7, steps: 9))
    #expect(schedule.count(of: 7) == 6)
    try schedule.check(stepsPerEpoch: 4, epochs: 2)
    try schedule.check(stepsPerEpoch: .max, epochs: 2)
    let error = #expect(throws: NetworkError.self) {
      try schedule.check(stepsPerEpoch: 7, epochs: 1)
    }
    #expect(
      error?.description
        == "cannot keep a checkpoint after step 8: the training has 7, 7 in each of its epochs: see "
        + "'training.checkpoints.steps'")
  }
}
