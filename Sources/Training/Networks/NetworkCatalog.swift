import CollapseCore

/// Every kind of network there is, by name.
public enum NetworkCatalog {
  /// A kind of network.
  public struct Entry: Sendable {
    /// What a description's `kind` says: `mlp`.
    public let name: String
    /// One line for a list.
    public let summary: String
    let build:
      @Sendable (NetworkDescription, _ input: Shape, _ classes: Int) throws -> [LayerDescription]
  }

  public static let entries: [Entry] =
    [MultilayerPerceptron.entry, ConvolutionalNetwork.entry] + VGG.entries + ResNet.entries
    + [custom]

  public static func entry(named name: String) -> Entry? {
    entries.first { $0.name == name }
  }

  private static let custom = Entry(
    name: "custom", summary: "the layers listed under 'layers'"
  ) { description, _, _ in
    guard let layers = description.layers, !layers.isEmpty else {
      throw TrainingError(
        kind: .usage, operation: "build network 'custom'", reason: "it has no layers")
    }
    return layers
  }
}
