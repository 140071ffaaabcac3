public import CollapseCore

/// A vector for each sample: y = W x for samples x that are one unit vector each, so that the columns
/// of W are the features, free of what the samples are.
///
/// As a first layer over the synthetic data set `free-features` it makes a network the unconstrained
/// features model (Zhu et al., "A Geometric Analysis of Neural Collapse with Unconstrained Features",
/// 2021); the weight decay of its W is λ_H. It starts as if its inputs were its outputs: vectors of
/// about one length, whatever the number of samples.
public struct Embedding: Layer {
  public static let kind = "embedding"
  public static let part = BlockPart.weights

  /// The dimension of the vectors; positive.
  public var outputs: Int

  /// Vectors of `outputs` numbers, one for each input of the layer.
  public init(outputs: Int) { self.outputs = outputs }

  public func outputShape(for input: Shape) throws -> Shape {
    guard input.rank == 1 else { throw refuse(input, "it takes unit vectors") }
    guard outputs > 0 else { throw refuse(input, "it needs at least one output") }
    return [outputs]
  }

  public func parameters(input: Shape) -> [LayerParameter] {
    [LayerParameter("weight", [outputs, input[0]], .weight, fanIn: outputs, fanOut: outputs)]
  }

  public func operationCount(input: Shape, output: Shape) -> Int {
    .cappedProduct(of: 2, input.elementCount, output.elementCount)
  }
}

extension Embedding {
  public static let summary = "a vector for each sample, which is a unit vector"
  public static var standard: Embedding { Embedding(outputs: 1) }

  public static var fields: [Field<Embedding>] {
    [
      Field(
        "outputs", \.outputs, "The dimension of the vectors.", range: .positive, isRequired: true)
    ]
  }
}
