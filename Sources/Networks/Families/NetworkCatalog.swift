import CollapseCore

/// Every kind of network there is, by name.
public enum NetworkCatalog {
  /// A kind of network.
  public struct Entry: Sendable {
    /// What a description's `kind` says: `mlp`.
    public let name: String
    /// One line for a list.
    public let summary: String
    /// What it reads of a description beside the kind.
    let fields: Set<NetworkDescription.FieldName>
    let build:
      @Sendable (NetworkDescription, _ input: Shape, _ classes: Int) throws -> [LayerDescription]
  }

  /// Every kind, in the order of lists.
  public static let entries: [Entry] =
    [MultilayerPerceptron.entry, ConvolutionalNetwork.entry] + VGG.entries + ResNet.entries
    + [custom]

  /// The kind called `name`, or `nil`.
  public static func entry(named name: String) -> Entry? {
    entries.first { $0.name == name }
  }

  /// What every network of a paper reads beside its size.
  static let commonFields: Set<NetworkDescription.FieldName> = [
    .batchNormalization, .lastLayerBatchNormalization, .normalizationGate, .classifierBias,
    .classifierFrame, .initialization,
  ]

  private static let custom = Entry(
    name: "custom", summary: "the layers listed under 'layers'",
    fields: [.layers, .initialization]
  ) { description, _, _ in
    guard let layers = description.layers, !layers.isEmpty else {
      throw description.refuse("it has no layers")
    }
    return layers
  }
}
