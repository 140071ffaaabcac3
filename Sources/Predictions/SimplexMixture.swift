import LibC

/// Gaussian classes of unit deviation around the vertices of a simplex: how well the best of all
/// classifiers tells them apart.
public enum SimplexMixture {
  /// The accuracy of Bayes' rule for K equally likely classes whose means have the norm `signal`:
  ///
  ///     ∫ φ(z) Φ(z + s√(K/(K−1)))^(K−1) dz,
  ///
  /// as means at distance δ of each other are told apart like orthogonal ones of norm δ/√2, and here
  /// δ = s√(2K/(K−1)). 1/K without a signal.
  ///
  /// By the trapezoid rule over ±10, exact to about 1e−15 of a smooth integrand that vanishes at both
  /// ends.
  public static func bayesAccuracy(classCount: Int, signal: Double) -> Double {
    precondition(classCount >= 2 && signal >= 0)
    let others = Double(classCount - 1)
    let distance = signal * (Double(classCount) / others).squareRoot()
    let (steps, reach) = (2000, 10.0)
    var sum = 0.0
    for step in 0...steps {
      let z = reach * (2 * Double(step) / Double(steps) - 1)
      let density = exp(-z * z / 2) / (2 * Double.pi).squareRoot()
      let below = erfc(-(z + distance) / 2.0.squareRoot()) / 2
      sum += density * pow(below, others)
    }
    return sum * 2 * reach / Double(steps)
  }
}
