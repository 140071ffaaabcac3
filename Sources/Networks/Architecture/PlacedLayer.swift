public import CollapseCore

/// A layer at its place in a network, where the shapes of what it takes and gives are known.
public struct PlacedLayer: Sendable, Hashable {
  /// What it is, by itself.
  public let description: LayerDescription
  /// Layers this one is inside of.
  public let depth: Int
  /// The shape of one sample it takes.
  public let input: Shape
  /// The shape of one sample it gives.
  public let output: Shape
  /// What it trains, in the order of its names in PyTorch.
  public let parameters: [LayerParameter]
  /// What it keeps beside that.
  public let statistics: [LayerStatistic]
  /// Multiplications and additions of one sample forward, two per product; those of the layers
  /// inside it not counted.
  public let operationCount: Int
  /// The layers inside it: a sequence for each branch.
  public let branches: [[PlacedLayer]]

  /// `features.0`.
  public var name: String { description.name }
  /// `dense`.
  public var kind: String { description.kind }

  /// Trained numbers, those of the layers inside it not counted.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.shape.elementCount } }

  /// This layer and then those inside it, in order of execution.
  package var subtree: [PlacedLayer] {
    [self] + branches.flatMap { $0.flatMap(\.subtree) }
  }
}

extension PlacedLayer {
  /// Layers one after another: the walk through a network that all else reads.
  static func sequence(
    _ descriptions: [LayerDescription], input: Shape, depth: Int
  ) throws -> [PlacedLayer] {
    var shape = input
    return try descriptions.map { description in
      let place = try PlacedLayer(description, input: shape, depth: depth)
      shape = place.output
      return place
    }
  }

  private init(_ description: LayerDescription, input: Shape, depth: Int) throws {
    let layer = description.layer
    self.description = description
    self.depth = depth
    self.input = input
    if let composite = layer as? any CompositeLayer {
      branches = try composite.branches.map {
        try PlacedLayer.sequence($0, input: input, depth: depth + 1)
      }
      output = try composite.outputShape(
        for: input, joining: branches.map { $0.last?.output ?? input })
    } else {
      branches = []
      output = try layer.outputShape(for: input)
    }
    parameters = layer.parameters(input: input)
    statistics = layer.statistics(input: input)
    try PlacedLayer.check(output, "its output for one sample", of: description)
    for parameter in parameters {
      try PlacedLayer.check(parameter.shape, "its \(parameter.name)", of: description)
    }
    operationCount = layer.operationCount(input: input, output: output)
    guard operationCount < .max else {
      throw NetworkError(
        operation: "build layer '\(description.name)'",
        reason: "one sample would take more than 2⁶³ multiplications and additions")
    }
  }

  /// Numbers an array may have: what is below this can be counted, whatever it is multiplied by
  /// later, and what is beyond it has no place in any machine.
  private static let largest = 1 << 40

  /// Why an array cannot be had; `nil` where it can.
  static func excess(of shape: Shape, _ array: String) -> String? {
    if let count = Shape.elementCount(of: shape.dimensions), count <= largest { return nil }
    let bytes = shape.dimensions.reduce(4.0) { $0 * Double($1) }
    return "\(array), of shape \(shape), would take \(ByteCount.text(bytes))"
  }

  private static func check(
    _ shape: Shape, _ array: String, of description: LayerDescription
  ) throws {
    guard let reason = excess(of: shape, array) else { return }
    throw NetworkError(operation: "build layer '\(description.name)'", reason: reason)
  }
}
