import CollapseCore
import Networks
import TestSupport
import Testing

/// What the layers compute, whatever they are called.
private func outline(_ layers: [PlacedLayer]) -> [String] {
  layers.flatMap { place -> [String] in
    let inner = place.branches.map(outline).enumerated().map { "\($0): \($1)" }
    let layer = place.description.layer
    let own = (layer as? Residual).map { "rectifies \($0.rectifies)" } ?? "\(layer)"
    return ["\(place.kind) \(own)"] + inner
  }
}

private func state(_ network: ForeignNetwork) throws -> StateDictionary {
  try StateDictionary(network.arrays().map { ($0.theirs, $0.shape) })
}

@Suite struct StateDictionaryTests {
  /// The structure and every pair of names, from order, shapes and numbers alone; answers to what
  /// does not show are tried in every way.
  @Test(arguments: ForeignNetwork.residual + ForeignNetwork.chains)
  func structureIsRead(_ network: ForeignNetwork) throws {
    let readings = try NetworkMapping.readings(
      of: try state(network), input: ForeignNetwork.input)
    let meant = outline(try network.architecture().layers)
    let found = try #require(
      readings.first { outline($0.architecture.layers) == meant },
      "\(network.name): \(readings.map { outline($0.architecture.layers) })")
    #expect(found.classCount == ForeignNetwork.classes)
    let arrays = Dictionary(
      uniqueKeysWithValues: try network.arrays().map { ($0.ours, $0.theirs) })
    let pairs = Dictionary(uniqueKeysWithValues: found.pairs.map { ($0.name, $0.source) })
    #expect(Set(pairs.values) == Set(arrays.values))
    // Where the names of the layers with arrays are theirs, so are the pairs.
    for (ours, theirs) in arrays where network.prefix.isEmpty { #expect(pairs[ours] == theirs) }
  }

  @Test func shortcutsWithoutArraysAreKernelsOfZerosAndOnes() throws {
    let network = try #require(ForeignNetwork.residual.first { $0.name.hasPrefix("akamaster") })
    let reading = try NetworkMapping.readings(of: state(network), input: ForeignNetwork.input)[0]
    let kernel = try #require(reading.constants.first)
    #expect(kernel.name == "parameters/layer2.0.shortcut/weight")
    // Two new channels before the four there are, and two behind.
    let rows = (0..<8).map { Array(kernel.values.values[$0 * 4..<($0 + 1) * 4]) }
    #expect(rows[0..<2] + rows[6..<8] == Array(repeating: [0, 0, 0, 0], count: 4)[...])
    #expect(rows[2..<6].enumerated().allSatisfy { $1[$0] == 1 && $1.reduce(0, +) == 1 })
  }

  @Test func questionsAreThoseThatArraysLeaveOpen() throws {
    let network = ForeignNetwork.residual[0]
    let reading = try NetworkMapping.readings(of: state(network), input: ForeignNetwork.input)[0]
    #expect(
      reading.questions == [
        .blocksAreChains, .poolingAfterFirstConvolution, .sumIsNotRectified,
      ])
    #expect(reading.unusual.isEmpty)
    #expect(reading.assumptions.contains("ε = 1e-5 in every batch normalization"))
  }

  struct Refusal: Sendable {
    let name: String
    let arrays: [(String, Shape)]
    let message: String

    init(_ name: String, _ arrays: [(String, Shape)], _ message: String) {
      self.name = name
      self.arrays = arrays
      self.message = message
    }
  }

  static let refusals = [
    Refusal(
      "two networks", [("model.fc.weight", [3, 192]), ("ema.fc.weight", [3, 192])],
      "cannot read a network from the arrays: it holds several networks, 'model', 'ema': say which "
        + "one is meant"),
    Refusal(
      "no weights", [("mean", [3])],
      "cannot read a network from the arrays: it has no array called 'weight', as those of a network "
        + "are"),
    Refusal(
      "weight norm", [("fc.weight_g", [3, 1]), ("fc.weight_v", [3, 192]), ("g.weight", [3, 3])],
      "cannot read a network from the arrays: none of our layers has an array like 'fc.weight_g' of "
        + "shape 3×1"),
    Refusal(
      "a convolution at the end", [("conv.weight", [3, 3, 1, 1])],
      "cannot read a network from the arrays: its last layer 'conv' is no dense one, as a classifier "
        + "is"),
    Refusal(
      "layer normalization",
      [
        ("fc1.weight", [8, 192]), ("norm.weight", [8]), ("norm.bias", [8]), ("fc.weight", [3, 8]),
      ],
      "cannot tell the network's structure from its arrays: 'norm' has a scale and no running "
        + "moments: layer normalization, group normalization and batch normalization without them "
        + "all look so"),
    Refusal(
      "groups",
      [
        ("features.0.weight", [8, 3, 3, 3]), ("features.2.weight", [8, 1, 3, 3]),
        ("fc.weight", [3, 8]),
      ],
      "cannot tell the network's structure from its arrays: 'features.2' takes 1 channels where "
        + "8×8×8 come: groups or branches"),
    Refusal(
      "squeeze and excitation",
      [
        ("layer1.0.conv1.weight", [3, 3, 3, 3]), ("layer1.0.conv2.weight", [3, 3, 3, 3]),
        ("layer1.0.se.weight", [2, 3]), ("fc.weight", [3, 3]),
      ],
      "cannot tell the network's structure from its arrays: block 'layer1.0' has the dense layer "
        + "'layer1.0.se' (squeeze and excitation?)"),
    Refusal(
      "images of another size", [("0.weight", [8, 3072]), ("2.weight", [3, 8])],
      "cannot tell the network's structure from its arrays: '0' takes 3072 numbers where maps of "
        + "3×8×8 end; maps of 32×32 would fit"),
    Refusal(
      "poolings nobody tells of",
      [("conv1.weight", [8, 3, 3, 3]), ("conv2.weight", [8, 8, 3, 3]), ("fc.weight", [3, 8])],
      "cannot tell the network's structure from its arrays: nothing tells where poolings stand "
        + "between its convolutions"),
  ]

  @Test(arguments: refusals.indices)
  func whatDoesNotFitIsRefusedByName(_ index: Int) throws {
    let refusal = Self.refusals[index]
    let error = #expect(throws: NetworkError.self) {
      _ = try NetworkMapping.readings(
        of: try StateDictionary(refusal.arrays), input: ForeignNetwork.input)
    }
    #expect(error?.description == refusal.message)
    #expect(error?.kind == .badInput)
  }

  @Test func aPlaceSaysWhichNetworkIsMeant() throws {
    let arrays: [(String, Shape)] = [
      ("model.module.fc.weight", [3, 192]), ("ema.module.fc.weight", [3, 192]),
      ("optimizer.state.0.exp_avg", [3, 192]), ("epoch", []),
    ]
    let state = try StateDictionary(arrays, at: "ema")
    #expect(state.entries.map(\.source) == ["ema.module.fc.weight"])
    #expect(state.entries.map(\.name) == ["fc.weight"])
    let error = #expect(throws: NetworkError.self) { _ = try StateDictionary(arrays, at: "emma") }
    #expect(
      error?.reason
        == "there is nothing under 'emma'; there is 'model', 'ema', 'optimizer', 'epoch'")
  }

  /// A network that is described takes its arrays by name, or else by their order.
  @Test func describedNetworksTakeArraysByNameOrOrder() throws {
    let description = NetworkDescription(kind: "mlp", widths: [5], batchNormalization: .none)
    let named: [(String, Shape)] = [
      ("classifier.weight", [3, 5]), ("classifier.bias", [3]),
      ("features.0.weight", [5, 192]), ("features.0.bias", [5]),
    ]
    let byName = try NetworkMapping(
      StateDictionary(named), to: description, input: ForeignNetwork.input, classes: 3)
    #expect(
      byName.pairs.map(\.source) == [
        "features.0.weight", "features.0.bias", "classifier.weight", "classifier.bias",
      ])
    let ordered: [(String, Shape)] = [
      ("a.weight", [5, 192]), ("a.bias", [5]), ("b.weight", [3, 5]), ("b.bias", [3]),
    ]
    let byOrder = try NetworkMapping(
      StateDictionary(ordered), to: description, input: ForeignNetwork.input, classes: 3)
    #expect(byOrder.pairs.map(\.source) == ["a.weight", "a.bias", "b.weight", "b.bias"])
    let error = #expect(throws: NetworkError.self) {
      _ = try NetworkMapping(
        StateDictionary(Array(ordered.dropLast())), to: description, input: ForeignNetwork.input,
        classes: 3)
    }
    #expect(error?.reason == "the network described has 4 arrays, found 3")
  }
}
