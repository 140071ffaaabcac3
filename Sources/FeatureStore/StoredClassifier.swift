import Arrays
import CollapseCore

extension LinearClassifier {
  /// Whether an array of `shape` can be W for features of `dimension` numbers: [C, d], or [C, d, 1,
  /// 1] as a convolution over one pixel has it.
  static func fits(_ shape: [Int], dimension: Int, _ options: FeatureFileOptions) -> Bool {
    guard shape.count >= 2, shape[2...].allSatisfy({ $0 == 1 }) else { return false }
    let (classes, features) =
      options.weightsAreTransposed ? (shape[1], shape[0]) : (shape[0], shape[1])
    return features == dimension && classes > 0
  }

  /// Reads W and b.
  ///
  /// - Throws: `ArrayFileError` where their shapes fit neither the features nor each other.
  init(
    weights: any StoredArray, bias: (any StoredArray)?, dimension: Int,
    _ options: FeatureFileOptions
  ) throws {
    let isTransposed = options.weightsAreTransposed
    guard Self.fits(weights.shape, dimension: dimension, options) else {
      let expected = isTransposed ? "\(dimension)×C" : "C×\(dimension)"
      let isOtherWay = weights.shape.count == 2 && weights.shape[isTransposed ? 1 : 0] == dimension
      throw weights.error(
        "expected weights of shape \(expected), found \(Shape(weights.shape))"
          + (isOtherWay ? ": they are stored the other way round" : "")
      ).asking(isOtherWay ? .transposedWeights : .classifier)
    }
    let stored = try weights.readReals(options.uint16Meaning)
    let classes = weights.shape[isTransposed ? 1 : 0]
    var elements = stored
    if isTransposed {
      for row in 0..<classes {
        for column in 0..<dimension {
          elements[row * dimension + column] = stored[column * classes + row]
        }
      }
    }
    if let bias, bias.shape != [classes] {
      throw bias.error("expected a bias of shape \(classes), found \(Shape(bias.shape))")
    }
    self.init(
      weights: Matrix(rows: classes, columns: dimension, elements: elements),
      bias: try bias?.readReals(options.uint16Meaning))
  }
}
