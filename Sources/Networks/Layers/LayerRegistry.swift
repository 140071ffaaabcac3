public import CollapseCore

/// Every kind of layer there is.
public enum LayerRegistry {
  public static let kinds: [any NamedKind.Type] = [
    Dense.self,
    ReLU.self,
    BatchNormalization.self,
    Flatten.self,
    Convolution.self,
    MaxPooling.self,
    AveragePooling.self,
    GlobalAveragePooling.self,
    LayerNormalization.self,
    Dropout.self,
    Residual.self,
  ]
}
