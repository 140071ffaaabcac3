import CollapseCore
import LibC
import Predictions
import Testing

/// Closed forms of gradient starvation and spectral decoupling.
@Suite struct StarvationTests {
  private static let coupled = Matrix(
    rows: 2, columns: 2, elements: [sqrt(0.75), -0.5, 0.5, sqrt(0.75)])

  static func model(_ strength: Double, _ directions: Matrix = coupled) -> StarvedFeatures {
    StarvedFeatures(strengths: [strength, 2], directions: directions, weightDecay: 0.01)
  }

  private static let printed = [
    (2.0, "6.120438309", "1.639966502"), (3, "7.068149739", "1.583112179"),
    (4, "7.812048624", "1.466814258"), (5, "8.465191266", "1.329021310"),
    (6, "9.071018938", "1.185343866"),
  ]

  static let responses =
    printed.flatMap { strength, first, second in
      [
        Golden("z1 at s1 = \(strength)", first) { model(strength).responses[0] },
        Golden("z2 at s1 = \(strength)", second) { model(strength).responses[1] },
      ]
    } + [
      Golden("z2 of features that share no sample", "4.480471807") {
        model(5, Matrix(rows: 2, columns: 2, elements: [1, 0, 0, 1])).responses[1]
      }
    ]

  static let margins =
    zip(
      [0.002, 0.01, 0.1, 1],
      ["4.665120412406", "3.359275045370", "1.633506170156", "0.401058137542"]
    ).map { coefficient, printed in
      Golden("u at λ = \(coefficient)", printed) {
        DecoupledFeatures.margin(coefficient: coefficient)
      }
    }
    + zip([2, 3, 10], ["2.128034518466", "2.367556936562", "3.132262920319"]).map {
      classCount, printed in
      Golden("gap of \(classCount) classes", printed) {
        DecoupledFeatures.logitGap(coefficient: 0.1, classCount: classCount)
      }
    }
    + zip([0, 1], ["6.372672995", "1.707552583"]).map { feature, printed in
      Golden("z\(feature + 1), decoupled", printed) {
        DecoupledFeatures.margin(coefficient: 0.002)
          * (coupled[0, feature] + coupled[1, feature])
      }
    }

  @Test(arguments: responses + margins)
  func isAsPrinted(_ golden: Golden) { golden.check() }

  @Test(arguments: [2.0, 3, 4, 5, 6])
  func theFixedPointIsOne(strength: Double) {
    #expect(Self.model(strength).residual < 1e-13)
  }

  /// ∂z₂/∂s₁² is zero where both are as strong, and then negative.
  @Test(arguments: zip([2.0, 3, 4, 5, 6], [0, -1.6e-2, -1.6e-2, -1.4e-2, -1.2e-2]))
  func aStrongerFeatureStarvesTheOther(strength: Double, slope: Double) {
    let step = 1e-3
    func response(_ square: Double) -> Double { Self.model(square.squareRoot()).responses[1] }
    let square = strength * strength
    let found = (response(square + step) - response(square - step)) / (2 * step)
    #expect(abs(found - slope) < 0.6e-3)
  }

  @Test(arguments: [1e-4, 0.01, 1, 30])
  func oneOutputIsTwoLogits(coefficient: Double) {
    let margin = DecoupledFeatures.margin(coefficient: coefficient)
    #expect(abs(margin * (1 + exp(margin)) * coefficient - 1) < 1e-13)
    // ‖z‖² = g²/2 of two logits ±g/2 where one output is g.
    let gap = DecoupledFeatures.logitGap(coefficient: 2 * coefficient, classCount: 2)
    #expect(abs(gap / margin - 1) < 1e-13)
  }
}
