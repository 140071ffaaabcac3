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
    policy: AlgorithmPolicy
  ) throws -> CompiledNetwork {
    let network = try CompiledNetwork(
      architecture, firstBatch: 9, trainable: false, threads: 2, seed: 1, policy: policy,
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
