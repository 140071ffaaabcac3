public import CollapseCore

/// What a network is made of for samples of one shape: its layers with their output shapes,
/// trained numbers and arithmetic.
public struct NetworkSummary: Sendable, Encodable {
  /// One layer of the network.
  public struct Layer: Sendable, Encodable {
    /// `features.0`; of a layer inside another too.
    public let name: String
    public let kind: String
    /// Layers this one is inside of.
    public let depth: Int
    /// The shape of one output sample.
    public let output: [Int]
    /// Trained numbers of the layer, those of the layers inside it not counted.
    public let parameters: Int
    /// Multiplications and additions of one sample forward, two per product; those of the layers
    /// inside it not counted.
    public let flops: Int
  }

  /// The description's kind.
  public let network: String
  /// The shape of one input sample: `[3, 32, 32]`.
  public let input: [Int]
  /// Number of classes, C.
  public let classes: Int
  /// Trained numbers in all.
  public let parameters: Int
  /// Multiplications and additions of one sample forward, in all.
  public let flops: Int
  /// In order of execution; a layer comes before those inside it.
  public let layers: [Layer]

  /// - Throws: ``NetworkError`` of kind `usage` when the network cannot be built for `input`.
  public init(of description: NetworkDescription, input: Shape, classes: Int) throws {
    network = description.kind
    self.input = input.dimensions
    self.classes = classes
    let architecture = try description.architecture(input: input, classes: classes)
    layers = architecture.allLayers.map { layer in
      Layer(
        name: layer.name, kind: layer.kind, depth: layer.depth, output: layer.output.dimensions,
        parameters: layer.parameterCount, flops: layer.operationCount)
    }
    parameters = architecture.parameterCount
    flops = architecture.operationCount
  }
}
