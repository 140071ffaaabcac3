import LibC

/// How alike the features of different samples are where a network begins, and where it has collapsed: the
/// mean cosine q' over pairs.
///
/// Without normalization every rectified layer makes samples more alike, whatever they are; with batch
/// normalization before every ReLU they stay as alike as independent standard normal numbers are once
/// rectified.
///
/// Source: Cho & Saul, "Kernel Methods for Deep Learning", 2009, for the cosine behind a ReLU; the rest
/// follows from it. Wang et al., 2023, call alike features condensed.
public enum CondensedFeatures {
  /// The cosine behind a wide layer of independent normal weights and a ReLU, of inputs whose cosine is c:
  /// (√(1 − c²) + c (π − arccos c)) / π.
  ///
  /// - Precondition: `cosine` in −1...1.
  public static func behindRectifier(cosine: Double) -> Double {
    precondition(abs(cosine) <= 1)
    return ((1 - cosine * cosine).squareRoot() + cosine * (.pi - acos(cosine))) / .pi
  }

  /// The cosine behind each of `depth` such layers, of inputs whose cosine is c: with c = 0 it is 0.3183,
  /// 0.4937, 0.6048, …
  public static func behindRectifiers(cosine: Double, depth: Int) -> [Double] {
    var cosines: [Double] = []
    for _ in 0..<depth { cosines.append(behindRectifier(cosine: cosines.last ?? cosine)) }
    return cosines
  }

  /// What 1 − c tends to behind many layers, whatever the inputs: 9π²/(2l²) after l, from
  /// 1 − c' = (1 − c) − (2√2/3π)(1 − c)^{3/2} + ….
  public static func distanceBehindManyRectifiers(depth: Int) -> Double {
    9 * .pi * .pi / (2 * Double(depth) * Double(depth))
  }

  /// q' behind a batch normalization and a ReLU where training begins: that of independent standard
  /// normal numbers, E[max(x, 0)]²/E[max(x, 0)²] = 1/π, at every depth.
  public static let behindNormalizedRectifier = 1 / Double.pi

  /// q' of what a batch normalization without a shift puts out for n samples of one norm: their mean is
  /// zero, and so the sum of all cosines.
  ///
  /// - Precondition: two samples at least.
  public static func behindNormalization(sampleCount: Int) -> Double {
    precondition(sampleCount > 1)
    return -1 / Double(sampleCount - 1)
  }

  /// q of C balanced classes that have collapsed to orthogonal directions: 1/C. To a simplex it is 0.
  public static func orthogonalCollapse(classCount: Int) -> Double { 1 / Double(classCount) }

  /// q' from q = ‖mean of h/‖h‖‖² over n samples: without the pairs of a sample and itself,
  /// (nq − 1)/(n − 1).
  ///
  /// - Precondition: two samples at least.
  public static func withoutSelfPairs(_ condensation: Double, sampleCount: Int) -> Double {
    precondition(sampleCount > 1)
    let count = Double(sampleCount)
    return (count * condensation - 1) / (count - 1)
  }
}
