public import CollapseCore

/// In training sets each number to zero with a probability and divides the rest by its
/// complement; in inference does nothing.
///
/// Whether a number stays is a function of the run's seed, the step, the layer and the number's
/// place, so a resumed run drops the same ones on any number of threads.
///
/// Source: Srivastava et al., "Dropout", 2014.
public struct Dropout: Layer {
  public static let kind = "dropout"

  /// That a number is set to zero, in [0, 1).
  public var probability: Double

  /// By default as in PyTorch.
  public init(probability: Double = 0.5) { self.probability = probability }

  public func outputShape(for input: Shape) throws -> Shape {
    guard (0..<1).contains(probability) else {
      throw refuse(input, "its probability is \(probability), expected a number in [0, 1)")
    }
    return input
  }
}

extension Dropout {
  public static let summary = "sets numbers to zero at random while training"
  public static var standard: Dropout { Dropout() }

  public static var fields: [Field<Dropout>] {
    [
      Field(
        "probability", \.probability, "The share of numbers that are set to zero.",
        range: .halfOpen(0..<1))
    ]
  }
}
