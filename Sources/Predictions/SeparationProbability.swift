import LibC

/// Whether one class of many can be given one value by a direction along which all others are not
/// positive, where features are pure noise.
///
/// For n of N samples in general position of d dimensions the direction has d−n+1 dimensions left, and
/// N−n+1 half-spaces to lie in.
///
/// Source: Wendel, A Problem in Geometric Probability, 1962; its use here is derived.
public enum SeparationProbability {
  /// 2^−(m−1) Σ_{j<D} C(m−1, j) with m = N−n+1 and D = d−n+1.
  public static func ofOneClass(dimension: Int, sampleCount: Int, perClass: Int) -> Double {
    let trials = sampleCount - perClass
    let free = dimension - perClass + 1
    guard free > 0 else { return 0 }
    guard free <= trials else { return 1 }
    var sum = 0.0
    // In logarithms: the coefficients outgrow a double from about a thousand samples on.
    var coefficient = -Double(trials) * log(2)
    for j in 0..<free {
      sum += exp(coefficient)
      coefficient += log(Double(trials - j)) - log(Double(j + 1))
    }
    return min(sum, 1)
  }

  /// The dimension at which the probability is a half: (N+n−1)/2.
  ///
  /// The binomial distribution is symmetric about D − ½ = (N−n)/2. Where the number is not whole,
  /// the dimension below has as much less than a half as the one above has more.
  public static func evenDimension(sampleCount: Int, perClass: Int) -> Double {
    Double(sampleCount + perClass - 1) / 2
  }
}
