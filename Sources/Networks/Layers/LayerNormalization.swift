public import CollapseCore

/// Normalizes each sample over all its elements: y = γ (x − μ) / √(σ² + ε) + β, with γ and β of
/// the sample's shape, in training and inference alike.
///
/// Source: Ba, Kiros & Hinton, "Layer Normalization", 2016.
public struct LayerNormalization: Layer {
  public static let kind = "layerNormalization"
  public static let part = BlockPart.normalization

  /// ε, added to the variance; positive.
  public var epsilon: Double
  /// Whether γ and β are trained; else they are 1 and 0.
  public var affine: Bool

  /// By default as in PyTorch.
  public init(epsilon: Double = 1e-5, affine: Bool = true) {
    self.epsilon = epsilon
    self.affine = affine
  }

  public func outputShape(for input: Shape) throws -> Shape { input }

  public func parameters(input: Shape) -> [LayerParameter] {
    guard affine else { return [] }
    return [
      LayerParameter("weight", input, .scale, fanIn: 1, fanOut: 1),
      LayerParameter("bias", input, .shift, fanIn: 1, fanOut: 1),
    ]
  }

  public func operationCount(input: Shape, output: Shape) -> Int {
    .cappedProduct(of: 2, input.elementCount)
  }
}

extension LayerNormalization {
  public static let summary = "γ (x − μ) / √(σ² + ε) + β of each sample"
  public static var standard: LayerNormalization { LayerNormalization() }

  public static var fields: [Field<LayerNormalization>] {
    [
      Field("epsilon", \.epsilon, "Added to the variance.", range: .positive),
      Field("affine", \.affine, "Whether its scale and shift are trained."),
    ]
  }
}
