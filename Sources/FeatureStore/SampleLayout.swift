import Arrays
import CollapseCore

/// Where the features of a sample are among its numbers, [N, …], and what is made of their positions:
/// the places of a map, the tokens of a sequence.
struct SampleLayout: Sendable {
  /// Positions before the axis of the features, and behind it.
  let outer: Int
  let features: Int
  let inner: Int
  let reduction: FeatureFileOptions.Reduction

  var positions: Int { outer * inner }
  /// Rows that a sample gives.
  var rowsPerSample: Int { reduction == .tokens ? positions : 1 }
  /// Whether a row is all numbers of a sample as they are stored.
  var isWhole: Bool { reduction == .flatten || reduction == .none }

  /// - Throws: where the array is not N × d, and nothing says what to make of it, or two readings fit.
  init(_ array: any StoredArray, options: FeatureFileOptions) throws(ArrayFileError) {
    let shape = array.shape
    let text = Shape(shape).description
    switch shape.count {
    case 0: throw array.error("expected features of shape N×d, found a single value")
    case 1: throw array.error("expected features of shape N×d, found \(text)")
    default: break
    }
    let stated = try SampleLayout.axis(options.featureAxis, array)
    // Axes of one position are no choice: a hook on global average pooling gives [N, d, 1, 1].
    let isMap = shape[2...].contains { $0 != 1 }
    guard shape.count > 2, stated != nil || isMap, options.reduction != .flatten else {
      (outer, features, inner, reduction) = (1, array.rowElementCount, 1, .flatten)
      return
    }
    guard options.reduction != .none else {
      throw array.error(
        "expected features of shape N×d, found \(text): choose to flatten them, to pool them (mean "
          + "over all positions), or tokens of sequences"
      ).asking(.reduction)
    }
    guard let axis = stated else {
      // Both readings are in use: channels come second or last, tokens before features or behind.
      throw array.error(
        "of \(text), features may lie along axis 1 (\(shape[1]) of them) or axis \(shape.count - 1) "
          + "(\(shape[shape.count - 1])): say which"
      ).asking(.featureAxis)
    }
    outer = shape[1..<axis].reduce(1, *)
    features = shape[axis]
    inner = shape[(axis + 1)...].reduce(1, *)
    reduction = options.reduction
    let others = shape.indices.dropFirst().count { $0 != axis && shape[$0] != 1 }
    if others > 1, options.reduction != .pool || options.lengths != nil {
      throw array.error(
        "tokens are those of sequences, three axes; found \(text)"
      ).asking(.reduction)
    }
  }

  /// The axis counted from the front.
  private static func axis(
    _ stated: Int?, _ array: any StoredArray
  ) throws(ArrayFileError) -> Int? {
    guard let stated, array.shape.count > 2 else { return nil }
    let axis = stated < 0 ? array.shape.count + stated : stated
    guard (1..<array.shape.count).contains(axis) else {
      throw array.error(
        "features cannot lie along axis \(stated) of \(Shape(array.shape)): the first is the samples'"
      ).asking(.featureAxis)
    }
    return axis
  }

  /// Where feature 0 of a position is among the sample's numbers; the others are `inner` apart.
  func offset(of position: Int) -> Int {
    position / inner * features * inner + position % inner
  }
}

/// Which tokens of sequences are tokens, and which are padding.
struct TokenMask: Sendable {
  private let array: any StoredArray
  let tokens: Int
  /// Whether there is a number for each token, rather than how many there are.
  private let isMask: Bool

  /// - Throws: where it is neither [N] nor [N, tokens].
  init(_ array: any StoredArray, rows: Int, tokens: Int) throws(ArrayFileError) {
    let shape = array.shape
    guard shape == [rows] || shape == [rows, tokens] else {
      throw array.error(
        "expected the lengths of \(rows) sequences or a mask of \(rows)×\(tokens), found "
          + Shape(shape).description)
    }
    (self.array, self.tokens, isMask) = (array, tokens, shape.count == 2)
  }

  /// Whether each token of the samples is one; at least one of a sample is.
  func read(_ samples: Range<Int>) throws -> [Bool] {
    var numbers = [Double](repeating: 0, count: samples.count * (isMask ? tokens : 1))
    try withUnsafeTemporaryAllocation(
      byteCount: max(1, samples.count * array.rowByteCount), alignment: 16
    ) { bytes in
      let stored = UnsafeMutableRawBufferPointer(
        rebasing: bytes[..<(samples.count * array.rowByteCount)])
      try array.read(samples, into: stored)
      numbers.withUnsafeMutableBufferPointer {
        _ = array.element.decode(UnsafeRawBufferPointer(stored), into: $0)
      }
    }
    var mask = [Bool](repeating: false, count: samples.count * tokens)
    for sample in 0..<samples.count {
      if isMask {
        for token in sample * tokens..<(sample + 1) * tokens {
          guard numbers[token] == 0 || numbers[token] == 1 else {
            throw array.error(
              "row \(samples.lowerBound + sample): \(numbers[token]) in a mask, expected 0 or 1")
          }
          mask[token] = numbers[token] == 1
        }
      } else {
        guard let length = Int(exactly: numbers[sample]), (0...tokens).contains(length) else {
          throw array.error(
            "row \(samples.lowerBound + sample): \(numbers[sample]) is no length, expected 0 to "
              + "\(tokens)")
        }
        for token in 0..<length { mask[sample * tokens + token] = true }
      }
    }
    return mask
  }

  func error(_ problem: String) -> ArrayFileError { array.error(problem) }
}
