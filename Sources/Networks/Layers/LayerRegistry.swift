/// Every kind of layer there is.
public enum LayerRegistry {
  public static let kinds: [any Layer.Type] = [
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

  static func kind(named name: String) -> (any Layer.Type)? {
    kinds.first { $0.kind == name }
  }
}
