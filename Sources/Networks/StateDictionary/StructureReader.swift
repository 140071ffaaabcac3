import CollapseCore

/// Builds the layers that a state dictionary's arrays fit, by their order and shapes and by the
/// numbers in their names, with given answers to what these do not tell.
struct StructureReader {
  let input: Shape
  private let modules: [StateModule]
  /// The questions whose unusual answer is taken.
  private let unusual: Set<StructureQuestion>
  let epsilon: Double

  private(set) var layers: [LayerDescription] = []
  /// The shape of one sample where the layers end.
  private(set) var shape: Shape
  /// The questions that came up, in their order.
  private(set) var asked: [StructureQuestion] = []
  /// What was taken for granted without an alternative.
  private(set) var assumptions: [String] = []
  /// The kernels that no array holds, by layer.
  private(set) var constants: [(layer: String, values: Tensor)] = []

  init(
    _ modules: [StateModule], input: Shape, unusual: Set<StructureQuestion>, epsilon: Double
  ) {
    self.modules = modules
    self.input = input
    self.unusual = unusual
    self.epsilon = epsilon
    shape = input
  }

  mutating func read() throws {
    for module in modules where module.kind == .scale {
      throw refuse(
        "'\(module.path)' has a scale and no running moments: layer normalization, group "
          + "normalization and batch normalization without them all look so")
    }
    let groups = StateGroup.split(modules)
    let hasBlocks = groups.contains { $0.isBlock }
    if hasBlocks, !answer(.blocksAreChains) {
      try readResidual(groups)
    } else {
      try readChain(modules, inResidualNetwork: false, isEnd: true)
    }
    if modules.contains(where: { $0.kind == .normalization }) {
      assume("ε = \(epsilon.shortestText) in every batch normalization")
    }
    assume("ReLU is the activation")
  }

  // MARK: What the parts of it use

  /// Whether the unusual answer to a question holds.
  mutating func answer(_ question: StructureQuestion) -> Bool {
    if !asked.contains(question) { asked.append(question) }
    return unusual.contains(question)
  }

  mutating func assume(_ sentence: String) {
    if !assumptions.contains(sentence) { assumptions.append(sentence) }
  }

  mutating func append(_ name: String, _ layer: some Layer) throws {
    shape = try layer.outputShape(for: shape)
    layers.append(LayerDescription(name, layer))
  }

  mutating func setConstant(_ layer: String, _ values: Tensor) {
    constants.append((layer, values))
  }

  func normalization(_ module: StateModule) -> BatchNormalization {
    BatchNormalization(
      epsilon: epsilon, scale: module.arrays["weight"] != nil, shift: module.hasBias)
  }

  func refuse(_ reason: String) -> NetworkError {
    NetworkError(
      kind: .badInput, operation: "tell the network's structure from its arrays", reason: reason,
      missing: .network)
  }

  /// Maps become the vectors that a dense layer of `inputs` takes.
  mutating func makeVectors(for module: StateModule) throws {
    guard shape.rank == 3 else { return }
    let (channels, height, width) = (shape[0], shape[1], shape[2])
    let inputs = module.inputs
    if inputs == shape.elementCount {
      try append("\(module.name).flatten", Flatten())
    } else if inputs == channels {
      try append("\(module.name).pooling", GlobalAveragePooling())
      assume("the mean of each channel over its map before '\(module.name)'")
    } else if inputs % channels == 0, let side = exactRoot(inputs / channels), height == width,
      side < height, height % side == 0
    {
      try append(
        "\(module.name).pooling",
        AveragePooling(Window(height / side, stride: height / side)))
      try append("\(module.name).flatten", Flatten())
      assume("means over \(side)×\(side) parts of the maps before '\(module.name)'")
    } else {
      throw refuse(
        "'\(module.path)' takes \(inputs) numbers where maps of \(shape) end"
          + (inputs % channels == 0
            ? exactRoot(inputs / channels).map { "; maps of \($0)×\($0) would fit" } ?? "" : ""))
    }
  }

  private func exactRoot(_ number: Int) -> Int? {
    let root = Int(Double(number).squareRoot().rounded())
    return root * root == number ? root : nil
  }
}
