import ArgumentParser
import CollapseCore
import Networks
import Pipeline
import Training

/// A network on the command line: the fields of a pipeline's `network:` beside its kind.
struct NetworkArguments: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Widths of an mlp's hidden layers, channels of a convnet's stages. (default: 512,512,512)",
      valueName: "n,n,…"))
  var widths: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "A factor on the channels of a convolutional network. (default: 1)", valueName: "factor"))
  var widthMultiplier: Double?

  @Option(help: "Where batch normalization stands in the hidden layers. (default: all)")
  var batchNormalization: NetworkDescription.HiddenNormalization?

  @Option(
    name: .customLong("last-layer"),
    help: "Batch normalization directly before the classifier. (default: none)")
  var lastLayer: NetworkDescription.LastLayerNormalization?

  @Flag(inversion: .prefixedNo, help: "Whether the classifier adds a bias. (default: yes)")
  var classifierBias: Bool?

  @Option(help: "How weights start. (default: pytorch)")
  var initialization: Initialization.Kind?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("A factor on the weights at the start. (default: 1)", valueName: "factor"))
  var initialScale: Double?

  /// Sets the fields that were given; a kind replaces what is there.
  func apply(kind: String?, to settings: inout Settings) throws {
    if let kind {
      try settings.set("network", "{kind: \(kind)}")
    } else if !settings.contains("network.kind") {
      try settings.set("network.kind", "mlp")
    }
    try settings.set("network.widths", ifGiven: widths.map { "[\($0)]" })
    if settings.text(at: "network.kind") == "mlp", !settings.contains("network.widths") {
      try settings.set("network.widths", "[512, 512, 512]")
    }
    try settings.set("network.widthMultiplier", ifGiven: widthMultiplier)
    try settings.set("network.batchNormalization", ifGiven: batchNormalization?.rawValue)
    try settings.set("network.lastLayerBatchNormalization", ifGiven: lastLayer?.rawValue)
    try settings.set("network.classifierBias", ifGiven: classifierBias)
    try settings.set("network.initialization.kind", ifGiven: initialization?.rawValue)
    try settings.set("network.initialization.scale", ifGiven: initialScale)
  }
}
