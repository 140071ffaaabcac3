import CollapseCore
import Networks
import Testing
import Training

/// Outputs of plans for inference lie in the same bytes where one is no longer needed when the other is
/// written.
@Suite struct SharedMemoryTests {
  // MARK: Places

  /// Arrays that are needed at the same time share no byte, whatever their sizes and times.
  @Test(arguments: 0..<40) func arraysOfTheSameTimeLieApart(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed, stream: "lives")
    func number(below limit: Int) -> Int { Int(random.next() % UInt64(limit)) }
    let lives = (0..<number(below: 60)).map { _ in
      let first = number(below: 50)
      return Packing.Life(
        first: first, last: number(below: 10) == 0 ? .max : first + number(below: 12),
        byteCount: number(below: 5) == 0 ? 0 : number(below: 5000))
    }
    let packing = Packing(lives)
    #expect(packing.offsets.count == lives.count)
    for (index, life) in lives.enumerated() {
      let bytes = packing.offsets[index]..<packing.offsets[index] + life.byteCount
      #expect(bytes.lowerBound % AlignedBuffer.alignment == 0)
      #expect(bytes.lowerBound >= 0 && bytes.upperBound <= packing.byteCount)
      for other in 0..<index
      where life.first <= lives[other].last && lives[other].first <= life.last {
        let others = packing.offsets[other]..<packing.offsets[other] + lives[other].byteCount
        #expect(!bytes.overlaps(others), "\(index) and \(other)")
      }
    }
    let sum = lives.reduce(0) { $0 + ($1.byteCount + 63) / 64 * 64 }
    #expect(packing.byteCount <= sum)
    let steps = (0..<64).map { step in
      lives.reduce(0) { $0 + ($1.first <= step && step <= $1.last ? $1.byteCount : 0) }
    }
    #expect(packing.byteCount >= steps.max()!)
    #expect(Packing(lives).offsets == packing.offsets)
  }

  /// Of a chain two neighbours are needed at a time.
  @Test func chainsTakeTwoNeighbours() {
    let sizes = [640, 6400, 1280, 6400, 3200, 3200, 64, 640]
    let lives = sizes.enumerated().map {
      Packing.Life(first: $0, last: $0 + 1, byteCount: $1)
    }
    #expect(Packing(lives).byteCount == 6400 + 3200)
    #expect(Packing([]).byteCount == 0)
  }

  // MARK: Networks

  static let networks: [(name: String, layers: [LayerDescription], input: Shape)] = {
    func block(_ name: String, _ body: [LayerDescription], _ shortcut: [LayerDescription] = [])
      -> LayerDescription
    {
      LayerDescription(name, Residual(body: body, shortcut: shortcut))
    }
    let widening = [
      LayerDescription("c1", Convolution(outputs: 32, window: Window(3, stride: 2, padding: 1))),
      LayerDescription("n1", BatchNormalization()), LayerDescription("r1", ReLU()),
      LayerDescription("c2", Convolution(outputs: 32, window: Window(3, padding: 1))),
      LayerDescription("n2", BatchNormalization()),
    ]
    func keeping(_ name: String) -> [LayerDescription] {
      [
        LayerDescription("\(name).n", BatchNormalization()), LayerDescription("\(name).r", ReLU()),
        LayerDescription("\(name).c", Convolution(outputs: 32, window: Window(3, padding: 1))),
      ]
    }
    return [
      (
        "blocks",
        [
          LayerDescription("stem", Convolution(outputs: 16, window: Window(3, padding: 1))),
          LayerDescription("a", ReLU()),
          block(
            "wide", widening,
            [LayerDescription("c", Convolution(outputs: 32, window: Window(1, stride: 2)))]),
          block("before", keeping("b")),
          block("nested", [block("inner", keeping("i")), LayerDescription("act", Tanh())]),
          block("empty", [LayerDescription("drop", Dropout(probability: 0.5))]),
          LayerDescription("mean", GlobalAveragePooling()),
          LayerDescription("drop", Dropout(probability: 0.5)),
          LayerDescription("classifier", Dense(outputs: 4)),
        ], [3, 8, 8]
      ),
      (
        "poolings",
        [
          // No multiple of 16: channels innermost.
          LayerDescription("stem", Convolution(outputs: 12, window: Window(3, padding: 1))),
          LayerDescription("norm", BatchNormalization()), LayerDescription("act", GELU()),
          LayerDescription("max", MaxPooling(Window(2, stride: 2))),
          LayerDescription("conv", Convolution(outputs: 16, window: Window(1))),
          LayerDescription("average", AveragePooling(Window(2, stride: 2))),
          LayerDescription("flat", Flatten()), LayerDescription("dense", Dense(outputs: 10)),
          LayerDescription("vectors", BatchNormalization()), LayerDescription("soft", Softplus()),
          LayerDescription("rows", LayerNormalization()),
          LayerDescription("classifier", Dense(outputs: 4)),
        ], [3, 8, 8]
      ),
      (
        "vectors",
        [
          LayerDescription("flat", Flatten()), LayerDescription("one", Dense(outputs: 20)),
          LayerDescription("a", ReLU()), LayerDescription("two", Dense(outputs: 20)),
          LayerDescription("again", Flatten()), LayerDescription("norm", BatchNormalization()),
          LayerDescription("b", ReLU()), LayerDescription("classifier", Dense(outputs: 4)),
        ], [1, 4, 4]
      ),
    ]
  }()

  private static func compiled(
    _ architecture: Architecture, observed: Set<String>, sharesMemory: Bool,
    policy: AlgorithmPolicy, threads: Int = 2
  ) throws -> CompiledNetwork {
    let network = try CompiledNetwork(
      architecture, firstBatch: 9, trainable: false, threads: threads, seed: 1, policy: policy,
      observed: observed, sharesMemory: sharesMemory)
    try network.initialize(Initialization(), seed: 2)
    return network
  }

  private static func batch(_ count: Int, _ architecture: Architecture, seed: UInt64) -> [Float] {
    var random = SeededGenerator(seed: seed)
    return (0..<count * architecture.input.elementCount).map { _ in Float(random.normal()) }
  }

  /// Every layer, inner ones too, gives the bits it gives where all outputs have bytes of their own:
  /// observed alone or with all others, in the first batch, and in a smaller one behind it.
  @Test(arguments: networks.indices, [AlgorithmPolicy.exact, .fast])
  func outputsKeepTheirBits(_ index: Int, policy: AlgorithmPolicy) throws {
    let (_, layers, input) = Self.networks[index]
    let architecture = try Architecture(layers, input: input)
    let all = Set(architecture.allLayers.map(\.name))
    let sets = [all, []] + all.sorted().map { [$0] }
    let batches = [Self.batch(9, architecture, seed: 3), Self.batch(5, architecture, seed: 4)]
    for observed in sets {
      let own = try Self.compiled(
        architecture, observed: observed, sharesMemory: false, policy: policy)
      let shared = try Self.compiled(
        architecture, observed: observed, sharesMemory: true, policy: policy)
      for batch in batches + batches {
        let expected = try own.observations(batch)
        #expect(try shared.observations(batch) == expected)
        #expect(Set(expected.keys) == observed)
        let logits = try own.logits(batch, training: false)
        #expect(try shared.logits(batch, training: false) == logits)
        #expect(logits.allSatisfy(\.isFinite) && Set(logits).count > 4)
      }
      #expect(shared.inferenceByteCount <= own.inferenceByteCount)
      if observed.isEmpty { #expect(shared.inferenceByteCount < own.inferenceByteCount) }
    }
  }

  /// No bit of what a layer gives hangs on what else is observed, or on the number of threads: what one
  /// step does of several layers is computed apart for who looks at one of them.
  @Test(arguments: networks.indices, [AlgorithmPolicy.exact, .fast])
  func observingChangesNoBit(_ index: Int, policy: AlgorithmPolicy) throws {
    let (_, layers, input) = Self.networks[index]
    let architecture = try Architecture(layers, input: input)
    let batch = Self.batch(9, architecture, seed: 3)
    let all = Set(architecture.allLayers.map(\.name))
    func network(_ observed: Set<String>, threads: Int = 2) throws -> CompiledNetwork {
      try Self.compiled(
        architecture, observed: observed, sharesMemory: true, policy: policy, threads: threads)
    }
    let whole = try network(all)
    let outputs = try whole.observations(batch)
    let logits = try whole.logits(batch, training: false)
    #expect(try network([]).logits(batch, training: false) == logits)
    #expect(try network([], threads: 1).logits(batch, training: false) == logits)
    for name in all {
      let network = try network([name])
      #expect(try network.observations(batch)[name] == outputs[name], "\(name)")
      #expect(try network.logits(batch, training: false) == logits, "\(name)")
    }
  }

  /// What convolutions and dense layers take over of normalizations, sums and ReLUs behind them is what these
  /// layers say: by the definition, from the outputs that are observed before and behind.
  @Test(arguments: [AlgorithmPolicy.exact, .fast]) func layersTakenOver(_ policy: AlgorithmPolicy)
    throws
  {
    let (_, layers, input) = Self.networks[0]
    let architecture = try Architecture(layers, input: input)
    let all = Set(architecture.allLayers.map(\.name))
    let network = try Self.compiled(
      architecture, observed: all, sharesMemory: true, policy: policy)
    let outputs = try network.observations(Self.batch(9, architecture, seed: 3))
    func normalized(_ name: String, _ values: [Float], channels: Int, pixels: Int) throws
      -> [Double]
    {
      func array(_ kind: String) throws -> [Float] {
        let found =
          try network.parameters().first { $0.name == "\(name)/\(kind)" }
          ?? network.statistics().first { $0.name == "\(name)/\(kind)" }
        return try #require(found).tensor.values
      }
      let (gamma, beta) = (try array("weight"), try array("bias"))
      let (mean, variance) = (try array("running_mean"), try array("running_var"))
      return values.enumerated().map { index, value in
        let channel = index / pixels % channels
        let factor = Double(gamma[channel]) / (Double(variance[channel]) + 1e-5).squareRoot()
        return factor * (Double(value) - Double(mean[channel])) + Double(beta[channel])
      }
    }
    func compare(_ found: [Float], _ expected: [Double], _ what: String) {
      // Rounding of sums of 9 · 32 products of about 1: far below what another order of layers would change.
      #expect(found.count == expected.count)
      let furthest = zip(found, expected).map { abs(Double($0) - $1) }.max() ?? 0
      #expect(furthest < 1e-4, "\(what): off by \(furthest)")
    }
    let first = try normalized("n1", outputs["c1"]!, channels: 32, pixels: 16)
    compare(outputs["n1"]!, first, "normalization")
    compare(outputs["r1"]!, first.map { max($0, 0) }, "ReLU")
    let second = try normalized("n2", outputs["c2"]!, channels: 32, pixels: 16)
    compare(outputs["n2"]!, second, "normalization before a sum")
    let sum = zip(second, outputs["c"]!).map { max($0 + Double($1), 0) }
    compare(outputs["wide"]!, sum, "block")
    let next = zip(outputs["b.c"]!, outputs["wide"]!).map { max(Double($0) + Double($1), 0) }
    compare(outputs["before"]!, next, "block with its input")
    #expect(outputs["wide"]!.contains(0) && outputs["wide"]!.contains { $0 > 0 })
  }

  /// What is made of parameters for inference follows them: after others are set, after a step of training,
  /// which changes running moments alone, and after a checkpoint is loaded.
  @Test(arguments: [AlgorithmPolicy.exact, .fast]) func parametersThatChange(
    _ policy: AlgorithmPolicy
  ) throws {
    let (_, layers, input) = Self.networks[0]
    let architecture = try Architecture(layers, input: input)
    let batch = Self.batch(9, architecture, seed: 3)
    let network = try CompiledNetwork(
      architecture, firstBatch: 9, trainable: true, threads: 2, seed: 1, policy: policy)
    try network.initialize(Initialization(), seed: 2)
    var seen: Set<[Float]> = []
    func check(_ what: String) throws {
      let found = try network.logits(batch, training: false)
      #expect(seen.insert(found).inserted, "\(what): nothing has changed")
      let fresh = try CompiledNetwork(
        architecture, firstBatch: 9, trainable: true, threads: 2, seed: 1, policy: policy,
        known: network.algorithmChoices)
      var checkpoint = NamedTensors()
      try network.save(to: &checkpoint)
      try fresh.load(checkpoint)
      #expect(try fresh.logits(batch, training: false) == found, "\(what)")
    }
    try check("beginning")
    try network.initialize(Initialization(), seed: 3)
    try check("parameters")
    _ = try network.step(
      batch, labels: (0..<9).map { Int32($0 % 4) }, loss: .crossEntropy())
    try check("running moments")
  }

  /// A plan for a smaller batch takes no memory of its own.
  @Test func plansShareMemory() throws {
    let (_, layers, input) = Self.networks[0]
    let architecture = try Architecture(layers, input: input)
    let network = try Self.compiled(
      architecture, observed: [], sharesMemory: true, policy: .exact)
    let taken = network.inferenceByteCount
    _ = try network.logits(Self.batch(4, architecture, seed: 3), training: false)
    #expect(network.inferenceByteCount == taken)
    _ = try network.logits(Self.batch(12, architecture, seed: 3), training: false)
    #expect(network.inferenceByteCount > taken)
  }

  /// What is said beforehand of memory is no more than what a plan takes.
  @Test(arguments: networks.indices) func memoryThatIsForeseen(_ index: Int) throws {
    let (_, layers, input) = Self.networks[index]
    let architecture = try Architecture(layers, input: input)
    let network = try Self.compiled(
      architecture, observed: [], sharesMemory: true, policy: .exact)
    let foreseen = NetworkMemory(inference: architecture, batch: 9).activationBytes
    let taken = network.inferenceByteCount + 4 * 9 * input.elementCount
    #expect(foreseen <= Double(taken) && foreseen > 0.4 * Double(taken))
  }

  /// A deep chain takes what two of its layers give.
  @Test func deepNetworksTakeTwoLayers() throws {
    let layers =
      (0..<12).flatMap {
        [
          LayerDescription("c\($0)", Convolution(outputs: 16, window: Window(3, padding: 1))),
          LayerDescription("n\($0)", BatchNormalization()), LayerDescription("r\($0)", ReLU()),
        ]
      } + [
        LayerDescription("mean", GlobalAveragePooling()),
        LayerDescription("classifier", Dense(outputs: 4)),
      ]
    let network = try Self.compiled(
      Architecture(layers, input: [3, 16, 16]), observed: [], sharesMemory: true, policy: .exact)
    let map = 4 * 9 * 16 * 16 * 16
    #expect(network.inferenceByteCount <= 2 * map + 4096)
  }
}
