import LibC

/// The optimum of features of norm 1 under the supervised contrastive loss
///
///     (1/N) Σ_i 1/(n_{y_i}−1) Σ_{p≠i, y_p=y_i} log Σ_{a≠i} exp((u_i·u_a − u_i·u_p)/τ)
///
/// over a full batch. Features of a class are the same at the optimum, so that all depends on the
/// cosines between classes.
///
/// Sources: Graf et al., arXiv 2102.08817, for the simplex; Kini et al., arXiv 2306.07960, for features
/// that may not be negative; the program for two groups of classes is derived here and compared with
/// optima found numerically (1e−8).
public struct ContrastiveFeatures: Sendable, Hashable {
  /// Samples of each class.
  public let classCounts: [Int]
  /// τ.
  public let temperature: Double

  public init(classCounts: [Int], temperature: Double) {
    precondition(classCounts.count >= 2 && classCounts.allSatisfy { $0 >= 1 } && temperature > 0)
    self.classCounts = classCounts
    self.temperature = temperature
  }

  private var sampleCount: Double { Double(classCounts.reduce(0, +)) }

  /// The loss where every two classes have the same cosine.
  private func loss(cosine: Double) -> Double {
    classCounts.reduce(0) { sum, count in
      // A sample without a partner counts 0.
      guard count > 1 else { return sum }
      let n = Double(count)
      let others = sampleCount - n
      return sum + n / sampleCount * log(n - 1 + others * exp((cosine - 1) / temperature))
    }
  }

  /// The least loss of classes of one size, reached by a simplex in at least K−1 dimensions; `nil` for
  /// classes of different sizes.
  public var simplexLoss: Double? {
    guard Set(classCounts).count == 1 else { return nil }
    return loss(cosine: -1 / Double(classCounts.count - 1))
  }

  /// The least loss of features that may not be negative, whatever the sizes of the classes, reached
  /// by an orthogonal frame in at least K dimensions.
  public var orthogonalLoss: Double { loss(cosine: 0) }

  /// The optimum of free features of two groups of classes.
  public struct Groups: Sendable, Hashable {
    public var loss: Double
    /// The cosine between two classes of the larger size.
    public var majority: Double
    /// The cosine between two classes of the smaller size.
    public var minority: Double
    /// The cosine between a class of one and a class of the other.
    public var cross: Double
  }

  /// The optimum of free features for m classes of `larger` samples and as many of `smaller`, m ≥ 2: a
  /// convex program in three cosines α, β, γ under (1+(m−1)α)(1+(m−1)β) ≥ m²γ², which holds with
  /// equality and γ < 0.
  public static func groups(
    size m: Int, larger: Int, smaller: Int, temperature: Double
  ) -> Groups {
    precondition(m >= 2)
    let (m, large, small) = (Double(m), Double(larger), Double(smaller))
    let total = m * (large + small)
    func cross(_ a: Double, _ b: Double) -> Double {
      -max(0, (1 + (m - 1) * a) * (1 + (m - 1) * b)).squareRoot() / m
    }
    func loss(_ a: Double, _ b: Double) -> Double {
      let between = exp((cross(a, b) - 1) / temperature)
      let first = large - 1 + (m - 1) * large * exp((a - 1) / temperature) + m * small * between
      let second = small - 1 + (m - 1) * small * exp((b - 1) / temperature) + m * large * between
      return m / total * (large * log(first) + small * log(second))
    }
    // Convex in both, so that its least value over one is convex in the other.
    let cosines = -1 / (m - 1)...1
    func minority(_ a: Double) -> Double { goldenSection(cosines) { loss(a, $0) } }
    let a = goldenSection(cosines) { loss($0, minority($0)) }
    let b = minority(a)
    return Groups(loss: loss(a, b), majority: a, minority: b, cross: cross(a, b))
  }
}

/// Where a convex function of one number is least, to the square root of rounding.
///
/// Source: Kiefer, 1953.
func goldenSection(_ range: ClosedRange<Double>, _ function: (Double) -> Double) -> Double {
  let share = (5.0.squareRoot() - 1) / 2
  var (low, high) = (range.lowerBound, range.upperBound)
  var (left, right) = (high - share * (high - low), low + share * (high - low))
  var (leftValue, rightValue) = (function(left), function(right))
  while high - low > 1e-10 {
    if leftValue <= rightValue {
      (high, right, rightValue) = (right, left, leftValue)
      left = high - share * (high - low)
      leftValue = function(left)
    } else {
      (low, left, leftValue) = (left, right, rightValue)
      right = low + share * (high - low)
      rightValue = function(right)
    }
  }
  return low + (high - low) / 2
}
