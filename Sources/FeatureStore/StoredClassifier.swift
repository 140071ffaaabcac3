import CollapseCore

extension LinearClassifier {
  /// Whether an array has the shape of W for features of `dimension` numbers.
  static func fits(
    _ weights: any StoredArray, dimension: Int, _ options: FeatureFileOptions
  ) -> Bool {
    let shape = options.weightsAreTransposed ? weights.shape.reversed() : weights.shape
    return shape.count == 2 && shape[1] == dimension && shape[0] > 0
  }

  /// Reads W and b.
  ///
  /// - Throws: `FeatureStoreError` where their shapes fit neither the features nor each other.
  init(
    weights: any StoredArray, bias: (any StoredArray)?, dimension: Int,
    _ options: FeatureFileOptions
  ) throws(FeatureStoreError) {
    let isTransposed = options.weightsAreTransposed
    let shape = isTransposed ? weights.shape.reversed() : weights.shape
    guard Self.fits(weights, dimension: dimension, options) else {
      let expected = isTransposed ? "\(dimension)×C" : "C×\(dimension)"
      let isOtherWay = weights.shape.count == 2 && shape[0] == dimension
      throw weights.error(
        "expected weights of shape \(expected), found \(Shape(weights.shape))"
          + (isOtherWay ? ": they are stored the other way round" : ""))
    }
    let stored = try weights.readReals(options.uint16Meaning)
    let classes = shape[0]
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
