public import CollapseCore

/// A kind of layer: a value that says what it computes, of what shape, with which arrays.
///
/// A new kind is one file with a conformance here and one line in ``LayerRegistry``, and one file
/// in the engine that says how it is computed. Shapes are those of one sample: `[d]` for vectors,
/// `[channels, height, width]` for maps.
public protocol Layer: NamedKind {
  /// What the layer is to the block around it; see ``Architecture/blocks``.
  static var part: BlockPart { get }

  /// The shape of one output sample.
  ///
  /// - Throws: ``NetworkError`` of kind `usage` when the layer cannot take `input`.
  func outputShape(for input: Shape) throws -> Shape

  /// What the layer trains, in the order of its names in PyTorch.
  ///
  /// - Precondition: ``outputShape(for:)`` takes `input`.
  func parameters(input: Shape) -> [LayerParameter]

  /// What the layer keeps beside that, in the order of its names in PyTorch.
  ///
  /// - Precondition: ``outputShape(for:)`` takes `input`.
  func statistics(input: Shape) -> [LayerStatistic]

  /// Multiplications and additions of one sample forward, counted as two per product; those of
  /// layers inside this one not counted.
  ///
  /// - Returns: `Int.max` where the count has no place in an `Int`.
  func operationCount(input: Shape, output: Shape) -> Int
}

extension Layer {
  public static var part: BlockPart { .passage }

  public func parameters(input: Shape) -> [LayerParameter] { [] }

  public func statistics(input: Shape) -> [LayerStatistic] { [] }

  public func operationCount(input: Shape, output: Shape) -> Int { 0 }

  /// The error of a layer that cannot take a shape.
  func refuse(_ input: Shape, _ reason: String) -> NetworkError {
    NetworkError(
      operation: "build a layer '\(Self.kind)' on inputs of shape \(input)", reason: reason)
  }
}

/// A layer with layers inside, in branches that each take its input.
public protocol CompositeLayer: Layer {
  /// One branch after another, in the order they are computed; an empty one passes its input on.
  var branches: [[LayerDescription]] { get }

  /// The shape of one output sample, by those its branches give.
  ///
  /// - Throws: ``NetworkError`` of kind `usage` when the branches do not fit together.
  func outputShape(for input: Shape, joining branches: [Shape]) throws -> Shape
}

extension CompositeLayer {
  public func outputShape(for input: Shape) throws -> Shape {
    try outputShape(
      for: input, joining: branches.map { try Architecture($0, input: input).output })
  }
}

/// What a layer is to a block: an affine map with what normalizes and rectifies its output.
public enum BlockPart: Sendable, Hashable {
  /// Begins a block: dense, convolution.
  case weights
  /// Belongs to the block that has begun, as long as nothing has rectified its output.
  case normalization
  /// Ends the block that has begun: ReLU.
  case activation
  /// A block by itself: residual.
  case block
  /// Neither: pooling, flattening, dropout.
  case passage
}

extension Int {
  /// The product of numbers that are not negative, or `Int.max` where it has no place in an `Int`.
  static func cappedProduct(of factors: Int...) -> Int {
    Shape.elementCount(of: factors) ?? .max
  }
}
