package import CollapseCore

/// What an array of a layer is for; initialization and weight decay go by it.
package enum ParameterRole: Sendable, Hashable {
  /// A matrix or kernel.
  case weight
  case bias
  /// The factor of a normalization.
  case scale
  /// The summand of a normalization.
  case shift
}

/// A trained array of a layer.
package struct LayerParameter: Sendable, Hashable {
  /// `weight` or `bias`, as in PyTorch; a normalization's scale is its `weight`.
  package let name: String
  package let shape: Shape
  package let role: ParameterRole
  /// Inputs per output, for initialization.
  package let fanIn: Int
  /// Outputs per input.
  package let fanOut: Int

  package init(_ name: String, _ shape: Shape, _ role: ParameterRole, fanIn: Int, fanOut: Int) {
    self.name = name
    self.shape = shape
    self.role = role
    self.fanIn = fanIn
    self.fanOut = fanOut
  }
}

/// A kind of layer: a value that says what it computes and compiles itself into a plan.
///
/// A new kind is one file with a conformance, and one line in ``LayerRegistry``.
package protocol Layer: Codable, Hashable, Sendable {
  /// The name in YAML and checkpoints: `dense`.
  static var kind: String { get }

  /// The shape of one output sample.
  ///
  /// - Throws: ``TrainingError`` of kind `usage` when the layer cannot take `input`.
  func outputShape(for input: Shape) throws -> Shape

  /// What the layer trains, for inputs of shape `input`, in the order of its names in PyTorch.
  func parameters(input: Shape) -> [LayerParameter]

  /// Multiplications and additions of one sample forward, counted as two per product.
  func operationCount(input: Shape, output: Shape) -> Int

  /// Layers inside this one, with the shape of their input.
  func sublayers(input: Shape) throws -> [(layers: [LayerDescription], input: Shape)]

  func compile(_ input: Activation, in builder: PlanBuilder) throws -> Activation
}

extension Layer {
  package func parameters(input: Shape) -> [LayerParameter] { [] }

  package func operationCount(input: Shape, output: Shape) -> Int { 0 }

  package func sublayers(
    input: Shape
  ) throws -> [(layers: [LayerDescription], input: Shape)] { [] }

  /// The error of a layer that cannot take a shape.
  func refuse(_ input: Shape, _ reason: String) -> TrainingError {
    TrainingError(
      kind: .usage, operation: "build a layer '\(Self.kind)' on inputs of shape \(input)",
      reason: reason)
  }
}

/// Every kind of layer there is.
package enum LayerRegistry {
  package static let kinds: [any Layer.Type] = [
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
