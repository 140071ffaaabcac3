public import CollapseCore

/// What an array of a layer is for; initialization and weight decay go by it.
public enum ParameterRole: Sendable, Hashable {
  /// A matrix or kernel.
  case weight
  /// The summand of a dense layer or a convolution.
  case bias
  /// The factor of a normalization.
  case scale
  /// The summand of a normalization.
  case shift
}

/// A trained array of a layer.
public struct LayerParameter: Sendable, Hashable {
  /// `weight` or `bias`, as in PyTorch; a normalization's scale is its `weight`.
  public let name: String
  /// The extent of each axis, outputs first for a weight.
  public let shape: Shape
  /// What it is for.
  public let role: ParameterRole
  /// Inputs per output, for initialization.
  public let fanIn: Int
  /// Outputs per input.
  public let fanOut: Int
  /// What it keeps, where it is not trained; absent: it is.
  public let fixedValues: [Double]?

  /// A trained array of a layer; `fanIn` and `fanOut` count the inputs of an output, and the
  /// reverse.
  public init(
    _ name: String, _ shape: Shape, _ role: ParameterRole, fanIn: Int, fanOut: Int,
    fixedValues: [Double]? = nil
  ) {
    self.name = name
    self.shape = shape
    self.role = role
    self.fanIn = fanIn
    self.fanOut = fanOut
    self.fixedValues = fixedValues
  }
}

/// A vector a layer keeps beside what it trains: the running moments of a normalization.
public struct LayerStatistic: Sendable, Hashable {
  /// `running_mean`, as in PyTorch.
  public let name: String
  /// Numbers in it.
  public let count: Int
  /// What each of them starts as.
  public let initial: Float

  /// A vector of `count` numbers, each of which starts as `initial`.
  public init(_ name: String, count: Int, initial: Float) {
    self.name = name
    self.count = count
    self.initial = initial
  }
}
