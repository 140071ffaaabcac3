public import CollapseCore

/// What a network is made of for samples of one shape: its layers with their output shapes,
/// trained numbers and arithmetic.
public struct NetworkSummary: Sendable, Encodable {
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
  public let input: [Int]
  public let classes: Int
  /// Trained numbers in all.
  public let parameters: Int
  /// Multiplications and additions of one sample forward, in all.
  public let flops: Int
  /// In order of execution; a layer comes before those inside it.
  public let layers: [Layer]

  /// - Throws: ``TrainingError`` of kind `usage` when the network cannot be built for `input`.
  public init(of description: NetworkDescription, input: Shape, classes: Int) throws {
    network = description.kind
    self.input = input.dimensions
    self.classes = classes
    layers = try NetworkSummary.layers(
      of: description.lowered(input: input, classes: classes), input: input, depth: 0)
    parameters = layers.reduce(0) { $0 + $1.parameters }
    flops = layers.reduce(0) { $0 + $1.flops }
  }

  private static func layers(
    of descriptions: [LayerDescription], input: Shape, depth: Int
  ) throws -> [Layer] {
    var shape = input
    var all: [Layer] = []
    for description in descriptions {
      let layer = description.layer
      let output = try layer.outputShape(for: shape)
      all.append(
        Layer(
          name: description.name, kind: description.kind, depth: depth, output: output.dimensions,
          parameters: layer.parameters(input: shape).reduce(0) {
            $0 + $1.shape.elementCount
          },
          flops: layer.operationCount(input: shape, output: output)))
      for inner in try layer.sublayers(input: shape) {
        all += try layers(of: inner.layers, input: inner.input, depth: depth + 1)
      }
      shape = output
    }
    return all
  }
}
