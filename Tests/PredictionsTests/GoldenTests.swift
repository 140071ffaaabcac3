import LibC
import Predictions
import Testing

/// Every closed form against numbers computed independently, to half a unit of their last digit.
@Suite struct GoldenTests {
  private static func squared(_ bias: SquaredErrorFeatures.Bias) -> SquaredErrorFeatures {
    SquaredErrorFeatures(
      classCount: 4, perClass: 5, weightDecay: 5e-3, featureDecay: 1e-3, bias: bias)
  }

  static let squaredError = [
    Golden("no bias", "0.0198") { squared(.none).loss },
    Golden("free bias", "0.01485") { squared(.decay(0)).loss },
    Golden("λ_b .02", "0.0173009804") { squared(.decay(0.02)).loss },
    Golden("λ_b .05", "0.0188") { squared(.decay(0.05)).loss },
    Golden("λ_b .1", "0.0193") { squared(.decay(0.1)).loss },
    Golden("λ_b*", "0.0204") { squared(.none).biasDecayThreshold },
    Golden("c", "0.02") { squared(.none).strength },
  ]

  private static func crossEntropy(_ isNonNegative: Bool) -> CrossEntropyFeatures {
    CrossEntropyFeatures(
      classCount: 4, perClass: 5, weightDecay: 5e-3, featureDecay: 1e-3,
      isNonNegative: isNonNegative)
  }

  static let crossEntropy = [
    Golden("α, free", "5.283") { crossEntropy(false).logitGap },
    Golden("V, free", "0.0943616937") { crossEntropy(false).loss },
    Golden("α, not negative", "5.137") { crossEntropy(true).logitGap },
    Golden("V, not negative", "0.1064477834") { crossEntropy(true).loss },
    Golden("V, sizes 8 8 3 3", "0.1906092808") {
      NonNegativeFeatures(classCounts: [8, 8, 3, 3], weightDecay: 0.005, featureDecay: 0.004).loss
    },
  ]

  private static let ladder: [(Int, [String])] = [
    (1, ["0.095", "0.3977225575", "0.4986832981"]),
    (2, ["0.1244813860", "0.3591640831", "0.4868412352"]),
    (3, ["0.1682540025", "0.3799493653", "0.4883966149"]),
    (4, ["0.2056688657", "0.3980042592", "0.4902089177"]),
    (5, ["0.2366101776", "0.4119685243", "0.4916374904"]),
  ]

  static let deep =
    ladder.flatMap { depth, values in
      zip([0.01, 0.3, 0.9], values).map { share, printed in
        Golden("L=\(depth), P/P*=\(share)", printed) {
          DeepFeatures(depth: depth, classCount: 7, shareOfThreshold: share).localLoss
        }
      }
    }
    + zip([2, 3, 4], ["1.1906", "1.4142", "1.6494"]).map { depth, printed in
      Golden("λ at the fold over λ at the threshold, L=\(depth)", printed) {
        let ratio =
          DeepFeatures.fold(depth: depth, spread: 4)
          / DeepFeatures.threshold(depth: depth, spread: 4)
        return pow(ratio, 1 / Double(depth + 1))
      }
    }

  static let thresholds = [
    // 1/K² and 1/(16K³).
    Golden("P*, L=1, K=4", "0.0625") { DeepFeatures.threshold(depth: 1, spread: 4) },
    Golden("P*, L=2, K=4", "0.0009765625") { DeepFeatures.threshold(depth: 2, spread: 4) },
    // y of a free bias, 1/(K(1+λ_b)), and beyond λ_b* c/(Kλ_b).
    Golden("bias, λ_b=0", "0.25") { squared(.decay(0)).biasValue },
    Golden("bias, λ_b=.05", "0.1") { squared(.decay(0.05)).biasValue },
  ]

  private static func lowRank(
    _ construction: LowRankFeatures.Construction, _ rank: Int, _ depth: Int
  ) -> LowRankFeatures { LowRankFeatures(construction, rank: rank, depth: depth) }

  private static let spreads: [(LowRankFeatures.Construction, Int, [String])] = [
    (.stronglyRegularGraph, 4, ["1.056", "0.963", "0.906"]),
    (.stronglyRegularGraph, 5, ["1.044", "0.901", "0.817"]),
    (.stronglyRegularGraph, 6, ["1.037", "0.857", "0.755"]),
    (.stronglyRegularGraph, 8, ["1.027", "0.795", "0.670"]),
    (.stronglyRegularGraph, 10, ["1.022", "0.753", "0.614"]),
    (.triangles, 5, ["0.923", "0.817", "0.753"]),
    (.triangles, 6, ["0.864", "0.740", "0.668"]),
    (.triangles, 8, ["0.822", "0.666", "0.578"]),
    // 0.62248, once printed as .623.
    (.triangles, 10, ["0.805", "0.622", "0.524"]),
  ]

  private static func chain(_ depth: Int, _ n: Double, _ decay: Double, _ spread: Double) -> Double?
  {
    var product = n
    for _ in 0...depth { product *= decay }
    return DeepFeatures(depth: depth, decayProduct: product, spread: spread).localLoss
  }

  static let lowRanks =
    spreads.flatMap { construction, rank, values in
      zip([3, 4, 5], values).map { depth, printed in
        Golden("κ/K of \(construction.rawValue), r=\(rank), L=\(depth)", printed) {
          let features = lowRank(construction, rank, depth)
          return features.spread / Double(features.classCount)
        }
      }
    } + [
      Golden("K=10 L=4 collapse", "0.0991798746") { chain(4, 1, 0.004, 10) },
      Golden("K=10 L=4 graph", "0.0894708949") {
        chain(4, 1, 0.004, lowRank(.stronglyRegularGraph, 5, 4).spread)
      },
      Golden("K=10 L=4 triangles", "0.0811361890") {
        chain(4, 1, 0.004, lowRank(.triangles, 5, 4).spread)
      },
      Golden("K=10 L=3 collapse", "0.0791833242") { chain(3, 1, 0.004, 10) },
      Golden("K=10 L=3 graph", "0.0826623385") {
        chain(3, 1, 0.004, lowRank(.stronglyRegularGraph, 5, 3).spread)
      },
      Golden("K=10 L=3 triangles", "0.0731797166") {
        chain(3, 1, 0.004, lowRank(.triangles, 5, 3).spread)
      },
      Golden("K=10 L=5 collapse", "0.1191775528") { chain(5, 1, 0.004, 10) },
      Golden("K=10 L=5 graph", "0.0974982516") {
        chain(5, 1, 0.004, lowRank(.stronglyRegularGraph, 5, 5).spread)
      },
      Golden("K=10 L=5 triangles", "0.0898557619") {
        chain(5, 1, 0.004, lowRank(.triangles, 5, 5).spread)
      },
      Golden("K=6 L=4 collapse", "0.0597077") { chain(4, 1, 0.004, 6) },
      Golden("K=6 L=4 graph", "0.0575250251") {
        chain(4, 1, 0.004, lowRank(.stronglyRegularGraph, 4, 4).spread)
      },
      Golden("K=15 L=4 collapse", "0.0745416") { chain(4, 1, 0.002, 15) },
      Golden("K=15 L=4 graph", "0.0639312418") {
        chain(4, 1, 0.002, lowRank(.stronglyRegularGraph, 6, 4).spread)
      },
      Golden("K=15 L=4 triangles", "0.0552768581") {
        chain(4, 1, 0.002, lowRank(.triangles, 6, 4).spread)
      },
      Golden("n=10 collapse", "0.1563973") { chain(4, 10, 0.004, 10) },
      Golden("n=10 graph", "0.1411626191") {
        chain(4, 10, 0.004, lowRank(.stronglyRegularGraph, 5, 4).spread)
      },
    ]

  private static func window(_ spread: Double) -> Double {
    // P = λ⁵ at the threshold of depth 4.
    var (low, high) = (0.0, 1.0)
    let threshold = DeepFeatures.threshold(depth: 4, spread: spread)
    for _ in 0..<100 {
      let middle = (low + high) / 2
      if middle * middle * middle * middle * middle < threshold {
        low = middle
      } else {
        high = middle
      }
    }
    return low
  }

  static let windows = [
    Golden("collapse is trivial above", "0.0210") { window(10) },
    Golden("the graph is trivial above", "0.0233") {
      window(lowRank(.stronglyRegularGraph, 5, 4).spread)
    },
    // 0.025755, once printed as .0257.
    Golden("triangles are trivial above", "0.0258") { window(lowRank(.triangles, 5, 4).spread) },
  ]

  private static func contrastive(_ counts: [Int], _ temperature: Double) -> ContrastiveFeatures {
    ContrastiveFeatures(classCounts: counts, temperature: temperature)
  }

  private static let stepLosses: [(Int, Int, [String])] = [
    (8, 4, ["1.88582660", "-0.4314", "-0.2007", "-0.3371"]),
    (20, 2, ["2.85549038", "-0.6438", "0.2522", "-0.3339"]),
    // The majority is −0.7640486 to thirty digits, once printed as −.7641.
    (40, 2, ["3.62166196", "-0.7640", "0.4831", "-0.2958"]),
  ]

  static let contrastives =
    [
      Golden("K=4 n=4 τ=.1", "1.0986187670") {
        contrastive([4, 4, 4, 4], 0.1).simplexLoss
      },
      Golden("K=4 n=4 τ=.5", "1.3438568474") { contrastive([4, 4, 4, 4], 0.5).simplexLoss },
      Golden("K=6 n=3 τ=1", "1.8745542601") {
        contrastive([3, 3, 3, 3, 3, 3], 1).simplexLoss
      },
      Golden("K=4 n=8 τ=.1", "1.9459157019") { contrastive([8, 8, 8, 8], 0.1).simplexLoss },
      Golden("K=4 n=4 τ=.5, not negative", "1.5312651917") {
        contrastive([4, 4, 4, 4], 0.5).orthogonalLoss
      },
      Golden("40 40 2 2 τ=.5, not negative", "3.74314895") {
        contrastive([40, 40, 2, 2], 0.5).orthogonalLoss
      },
    ]
    + stepLosses.flatMap { larger, smaller, printed in
      let names = ["loss", "majority", "minority", "cross"]
      return zip(names, printed).map { name, printed in
        Golden("\(larger) \(larger) \(smaller) \(smaller), \(name)", printed) {
          let groups = ContrastiveFeatures.groups(
            size: 2, larger: larger, smaller: smaller, temperature: 0.5)
          return [
            "loss": groups.loss, "majority": groups.majority, "minority": groups.minority,
            "cross": groups.cross,
          ][name]
        }
      }
    }
    + [
      Golden("K=4 n=4 τ=.1, frame less simplex", "0.00018") {
        contrastive([4, 4, 4, 4], 0.1).simplexLoss.map {
          contrastive([4, 4, 4, 4], 0.1).orthogonalLoss - $0
        }
      },
      Golden("R=10, τ=.1, majority", "-0.350") { sharp.majority },
      Golden("R=10, τ=.1, minority", "-0.204") { sharp.minority },
      Golden("R=10, τ=.1, cross", "-0.360") { sharp.cross },
      Golden("R=100, majority", "-0.959") { extreme.majority },
      Golden("R=100, minority", "0.946") { extreme.minority },
      Golden("R=100, cross", "-0.141") { extreme.cross },
    ]

  private static var sharp: ContrastiveFeatures.Groups {
    ContrastiveFeatures.groups(size: 2, larger: 20, smaller: 2, temperature: 0.1)
  }
  private static var extreme: ContrastiveFeatures.Groups {
    ContrastiveFeatures.groups(size: 2, larger: 400, smaller: 4, temperature: 0.5)
  }

  private static func imbalanced(_ ratio: Int) -> ImbalancedFeatures {
    ImbalancedFeatures(
      majorityClasses: 2, majorityCount: 2 * ratio, minorityClasses: 2, minorityCount: 2,
      weightDecay: 0.02, featureDecay: 0.02)
  }

  static let imbalances = [
    Golden("loss, R=8", "0.61980577") { imbalanced(8).optimum().loss },
    Golden("minority cosine, R=8", "0.28257") { imbalanced(8).optimum().minorityCosine },
    Golden("minority cosine, R=13", "0.63972") { imbalanced(13).optimum().minorityCosine },
    Golden("minority cosine, R=16", "0.92130") { imbalanced(16).optimum().minorityCosine },
    Golden("minority cosine, R=18", "1.00000") { imbalanced(18).optimum().minorityCosine },
    Golden("R*", "16.68") { imbalanced(8).mergingRatio },
  ]

  /// A chain of which one class falls into two parts behind the first ReLU, and the others are whole.
  private static func split(_ depth: Int, _ classCount: Int, _ share: Double, _ parts: [Double])
    -> Double?
  {
    let chain = DeepFeatures(depth: depth, classCount: classCount, shareOfThreshold: share)
    guard let whole = chain.localLoss,
      let split = SplitClass(parts: parts, splitLayers: 1, of: chain)
    else { return nil }
    return whole + (split.loss - whole) / Double(classCount)
  }

  static let splits = [
    Golden("K=4 L=2 P/P*=.01, two of three apart", "0.141102") {
      split(2, 4, 0.01, [2 / 3.0, 1 / 3.0])
    },
    Golden("K=2 L=4 P/P*=.3, two of three apart", "0.454743") {
      split(4, 2, 0.3, [2 / 3.0, 1 / 3.0])
    },
  ]

  static let separations =
    [
      // Between .41 at 29 and .59 at 30.
      Golden("one class of 20, N=40: even", "29.5") {
        SeparationProbability.evenDimension(sampleCount: 40, perClass: 20)
      }
    ]
    + zip([0, 1, 2, 3], ["0.33", "0.70", "0.93", "0.99"]).map { signal, printed in
      Golden("Bayes' rule at a signal of \(signal)", printed) {
        SimplexMixture.bayesAccuracy(classCount: 3, signal: Double(signal))
      }
    }

  @Test(
    arguments: squaredError + crossEntropy + deep + thresholds + lowRanks + windows + contrastives
      + imbalances + splits + separations)
  func isAsPrinted(_ golden: Golden) { golden.check() }
}
