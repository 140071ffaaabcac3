public import CollapseCore

/// A network's layers for samples of one shape: what names, counts, initializes, compiles or
/// summarizes a network reads.
///
/// It is made once, by ``NetworkDescription/architecture(input:classes:)`` or from a list of
/// layers; every layer then knows the shapes it takes and gives.
public struct Architecture: Sendable, Hashable {
  /// The shape of one sample.
  public let input: Shape
  /// The outermost layers, in order of execution.
  public let layers: [PlacedLayer]

  /// - Throws: ``NetworkError`` of kind `usage` where a layer cannot take what the one before
  ///   gives, or would take more memory than there can be.
  public init(_ layers: [LayerDescription], input: Shape) throws {
    self.input = input
    if let reason = PlacedLayer.excess(of: input, "a sample") {
      throw NetworkError(operation: "build the network", reason: reason)
    }
    self.layers = try PlacedLayer.sequence(layers, input: input, depth: 0)
    let counts = parameters.map(\.parameter.shape.elementCount)
    let (_, isTooMany) = counts.reduce((0, false)) { sum, count in
      let (next, overflow) = sum.0.addingReportingOverflow(count)
      return (next, sum.1 || overflow)
    }
    guard !isTooMany else {
      throw NetworkError(
        operation: "build the network",
        reason: "its parameters would take "
          + ByteCount.text(counts.reduce(0) { $0 + 4 * Double($1) }))
    }
  }

  /// The shape of one output sample.
  public var output: Shape { layers.last?.output ?? input }

  /// All layers, in order of execution; a layer comes before those inside it.
  public var allLayers: [PlacedLayer] { layers.flatMap(\.subtree) }

  /// Trained numbers.
  public var parameterCount: Int { allLayers.reduce(0) { $0 + $1.parameterCount } }

  /// Multiplications and additions of one sample forward, two per product.
  public var operationCount: Int {
    allLayers.reduce(0) { sum, layer in
      let (next, overflow) = sum.addingReportingOverflow(layer.operationCount)
      return overflow ? .max : next
    }
  }

  /// Numbers that all layers give for one sample.
  public var outputCount: Int { allLayers.reduce(0) { $0 + $1.output.elementCount } }
}

extension Architecture {
  /// A trained array with its place in the network.
  public struct NamedParameter: Sendable, Hashable {
    /// The layer's name: `features.0`.
    public let layer: String
    /// Its shape, and what it is for.
    public let parameter: LayerParameter
    /// Whether the layer is the last of the network.
    public let isClassifier: Bool

    /// The name in checkpoints: `features.0/weight`.
    public var name: String { "\(layer)/\(parameter.name)" }
  }

  /// Every trained array, in the order checkpoints and optimizers keep them.
  public var parameters: [NamedParameter] {
    layers.indices.flatMap { index in
      layers[index].subtree.flatMap { place in
        place.parameters.map {
          NamedParameter(
            layer: place.name, parameter: $0, isClassifier: index == layers.count - 1)
        }
      }
    }
  }
}
