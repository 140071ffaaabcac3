public import CollapseCore

/// Every kind of layer there is.
public enum LayerRegistry {
  /// The kinds that a description may name; a new one is registered here.
  public static let kinds: [any NamedKind.Type] = [
    Dense.self,
    ReLU.self,
    Tanh.self,
    Softplus.self,
    GELU.self,
    BatchNormalization.self,
    Flatten.self,
    Convolution.self,
    MaxPooling.self,
    AveragePooling.self,
    GlobalAveragePooling.self,
    LayerNormalization.self,
    Dropout.self,
    Residual.self,
    Embedding.self,
  ]
}
