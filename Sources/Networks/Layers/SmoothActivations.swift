public import CollapseCore

/// tanh x.
public struct Tanh: Layer {
  public static let kind = "tanh"
  public static let part = BlockPart.activation

  /// The layer, which has no options.
  public init() {}

  public func outputShape(for input: Shape) throws -> Shape { input }
}

extension Tanh {
  public static let summary = "the hyperbolic tangent"
  public static var standard: Tanh { Tanh() }
  public static var fields: [Field<Tanh>] { [] }
}

/// log(1 + eˣ), a ReLU without its kink.
public struct Softplus: Layer {
  public static let kind = "softplus"
  public static let part = BlockPart.activation

  /// The layer, which has no options.
  public init() {}

  public func outputShape(for input: Shape) throws -> Shape { input }
}

extension Softplus {
  public static let summary = "log(1 + exp x)"
  public static var standard: Softplus { Softplus() }
  public static var fields: [Field<Softplus>] { [] }
}

/// x Φ(x), Φ the normal distribution function.
///
/// Source: Hendrycks & Gimpel, "Gaussian Error Linear Units", 2016; exact, not the approximation by
/// tanh.
public struct GELU: Layer {
  public static let kind = "gelu"
  public static let part = BlockPart.activation

  /// The layer, which has no options.
  public init() {}

  public func outputShape(for input: Shape) throws -> Shape { input }
}

extension GELU {
  public static let summary = "x Φ(x), Φ the normal distribution function"
  public static var standard: GELU { GELU() }
  public static var fields: [Field<GELU>] { [] }
}

extension NetworkDescription {
  /// What follows an affine map and its normalization.
  public enum Activation: String, FieldValue, CaseIterable {
    /// max(x, 0).
    case relu
    /// tanh x.
    case tanh
    /// log(1 + eˣ).
    case softplus
    /// x Φ(x).
    case gelu
    /// Nothing: x.
    case none

    /// `nil` for none.
    var layer: (any Layer)? {
      switch self {
      case .relu: ReLU()
      case .tanh: Tanh()
      case .softplus: Softplus()
      case .gelu: GELU()
      case .none: nil
      }
    }
  }
}
