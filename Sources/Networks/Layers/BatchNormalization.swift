public import CollapseCore

/// Normalizes each channel over the batch (and the map): y = γ (x − μ) / √(σ² + ε) + β.
///
/// In training μ and σ² are the batch's, σ² divided by the number of values n; running moments
/// keep `momentum` of each new one, σ² scaled by n / (n − 1) (unscaled for n = 1). In inference
/// the running moments are used.
///
/// Source: Ioffe & Szegedy, "Batch Normalization", 2015.
public struct BatchNormalization: Layer {
  public static let kind = "batchNormalization"
  public static let part = BlockPart.normalization

  /// ε, added to the variance; positive.
  public var epsilon: Double
  /// The share of each new moment in the running ones, in 0...1.
  public var momentum: Double
  /// Whether γ is trained; else it is 1.
  public var scale: Bool
  /// Whether β is trained; else it is 0.
  public var shift: Bool
  /// What becomes of batches whose samples are alike; absent: nothing else than of others.
  public var gate: NormalizationGate?

  /// By default as in PyTorch.
  public init(
    epsilon: Double = 1e-5, momentum: Double = 0.1, scale: Bool = true, shift: Bool = true,
    gate: NormalizationGate? = nil
  ) {
    self.epsilon = epsilon
    self.momentum = momentum
    self.scale = scale
    self.shift = shift
    self.gate = gate
  }

  public func outputShape(for input: Shape) throws -> Shape {
    guard input.rank == 1 || input.rank == 3 else {
      throw refuse(input, "it takes vectors or maps")
    }
    return input
  }

  public func parameters(input: Shape) -> [LayerParameter] {
    let channels = input[0]
    var arrays: [LayerParameter] = []
    if scale { arrays.append(LayerParameter("weight", [channels], .scale, fanIn: 1, fanOut: 1)) }
    if shift { arrays.append(LayerParameter("bias", [channels], .shift, fanIn: 1, fanOut: 1)) }
    return arrays
  }

  public func statistics(input: Shape) -> [LayerStatistic] {
    [
      LayerStatistic("running_mean", count: input[0], initial: 0),
      LayerStatistic("running_var", count: input[0], initial: 1),
    ]
  }

  public func operationCount(input: Shape, output: Shape) -> Int {
    .cappedProduct(of: 2, input.elementCount)
  }
}

extension BatchNormalization {
  public static let summary = "γ (x − μ) / √(σ² + ε) + β of each channel over the batch"
  public static var standard: BatchNormalization { BatchNormalization() }

  public static var fields: [Field<BatchNormalization>] {
    [
      Field("epsilon", \.epsilon, "Added to the variance.", range: .positive),
      Field(
        "momentum", \.momentum, "The weight of a batch in the running moments.",
        range: .closed(0...1)),
      Field("scale", \.scale, "Whether its scale γ is trained."),
      Field("shift", \.shift, "Whether its shift β is trained."),
      Field(
        "gate", \.gate, "What becomes of batches whose samples are alike.",
        absence: "nothing else than of others"),
    ]
  }
}
