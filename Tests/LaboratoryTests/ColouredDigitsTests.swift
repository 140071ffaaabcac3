import CollapseCore
import Laboratory
import LibC
import LinearAlgebra
import Testing

/// Digits with colours, and descents that go on with another loss.
@Suite struct ColouredDigitsTests {
  /// Images of 5 × 4 whose pixels say where they are; ten classes in turn.
  private static func images(_ count: Int) -> LabeledImages {
    LabeledImages(
      sampleShape: [1, 5, 4],
      pixels: (0..<count).flatMap { image in (0..<20).map { UInt8((image * 20 + $0) % 251 + 1) } },
      labels: (0..<count).map { Int32($0 % 10) }, classNames: (0..<10).map(String.init))
  }

  private static func digits(
    _ count: Int = 40, flipped: Double = 0.25, misled: Double = 0.1, seed: UInt64 = 3
  ) -> ColouredDigits {
    var generator = SeededGenerator(seed: seed)
    return ColouredDigits(images(count), flipped: flipped, misled: misled, &generator)
  }

  @Test(arguments: [
    (40, 0.25, 0.1, 10, 4), (41, 0.25, 0.9, 10, 37), (30, 0, 1, 0, 30), (7, 2, -1, 7, 0),
  ])
  func asManyAsSharesSay(
    count: Int, flipped: Double, misled: Double, expectedFlipped: Int, expectedMisled: Int
  ) {
    let digits = Self.digits(count, flipped: flipped, misled: misled)
    #expect(digits.isFlipped.count { $0 } == expectedFlipped)
    #expect(digits.isMisled.count { $0 } == expectedMisled)
    for index in 0..<count {
      #expect(digits.signs[index] == ((index % 10 < 5) != digits.isFlipped[index] ? 1 : -1))
    }
  }

  /// Every second pixel of every second row, in the channel of the colour, and nothing in the other.
  @Test func imagesStandInTheirChannel() {
    let (images, digits) = (Self.images(40), Self.digits())
    #expect(digits.inputs.columns == 2 * 3 * 2)
    for index in 0..<40 {
      let pixels = [0, 2, 8, 10, 16, 18].map { Double(images.pixels[index * 20 + $0]) / 255 }
      let nothing = [Double](repeating: 0, count: 6)
      let isSecond = (digits.signs[index] > 0) != digits.isMisled[index]
      #expect(
        Array(digits.inputs.row(index)) == (isSecond ? nothing + pixels : pixels + nothing))
    }
  }

  /// Who reads the colour alone is right as often as colours do not mislead.
  @Test func coloursTellAsOftenAsTheyAgree() {
    let joined = Self.digits(40, misled: 0.2).joined(with: Self.digits(40, misled: 0.1, seed: 4))
    let outputs = (0..<80).map { index in
      joined.inputs.row(index).suffix(6).reduce(0, +)
        - joined.inputs.row(index).prefix(6).reduce(0, +)
    }
    #expect(
      joined.accuracy(of: Matrix(rows: 80, columns: 1, elements: outputs)) == 0.85)
    #expect(joined.signs.count == 80 && joined.isFlipped.count { $0 } == 20)
  }

  @Test func aSeedDecidesWhichAndOneShareLeavesTheOther() {
    #expect(Self.digits() == Self.digits())
    #expect(Self.digits() != Self.digits(seed: 4))
    #expect(Self.digits(misled: 0.9).signs == Self.digits().signs)
    #expect(Self.digits(misled: 0.9).isMisled != Self.digits().isMisled)
  }

  // MARK: - The loss by steps

  private static func objective(
    penalty: Double = 0.3, factor: Double = 1
  ) throws -> (objective: DenseObjective, start: [Double]) {
    let (model, point, _) = try DenseNetworkTests.model(.tanh, widths: [3, 5, 1])
    return (
      DenseObjective(
        model, .logistic(signs: [1, -1, 1, 1, -1, -1]), outputPenalty: penalty, weightDecay: 0.2,
        factor: factor), point
    )
  }

  @Test func aFactorIsOnAllOfTheLoss() throws {
    let (plain, point) = try Self.objective()
    let scaled = try Self.objective(factor: 0.03).objective
    var (gradient, scaledGradient, other) = (point, point, point)
    let value = plain.value(at: point, gradient: &gradient)
    // Rounding of one product each.
    #expect(
      abs(scaled.value(at: point, gradient: &scaledGradient) - 0.03 * value) < 1e-15)
    for index in point.indices {
      #expect(abs(scaledGradient[index] - 0.03 * gradient[index]) < 1e-15)
      var moved = point
      moved[index] += 1e-5
      let above = scaled.value(at: moved, gradient: &other)
      moved[index] -= 2e-5
      let below = scaled.value(at: moved, gradient: &other)
      #expect(abs((above - below) / 2e-5 - scaledGradient[index]) < 1e-9)
    }
    for (one, whole) in zip(
      scaled.outputSlopes(at: point).elements, plain.outputSlopes(at: point).elements)
    {
      #expect(abs(one - 0.03 * whole) < 1e-15)
    }
  }

  /// Without another loss, a descent in two parts is the descent.
  @Test func momentsAreKept() throws {
    let (objective, start) = try Self.objective()
    let whole = try AdamDescent(learningRate: 0.01, steps: 60).minimize(objective, from: start)
    var state = AdamDescent.State(from: start)
    var seen: [Int] = []
    for steps in [25, 35] {
      let end = try AdamDescent(learningRate: 0.01, steps: steps)
        .advance(&state, on: objective) { step, point, value in
          seen.append(step)
          var other = point
          #expect(objective.value(at: point, gradient: &other) == value)
        }
      #expect(end.point == state.point && end.steps == state.steps)
    }
    #expect(state.point == whole.point && state.steps == 60 && whole.steps == 60)
    #expect(seen == Array(1...60))
  }

  /// A loss made small after large gradients is descended slowly; from moments of its own it is not, since
  /// Adam's steps do not depend on the scale.
  @Test func largeGradientsAreRemembered() throws {
    let (objective, start) = try Self.objective()
    let scaled = try Self.objective(factor: 1e-4).objective
    func distance(_ a: [Double], _ b: [Double]) -> Double {
      zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    }
    let descent = AdamDescent(learningRate: 0.01, steps: 40)
    var state = AdamDescent.State(from: start)
    _ = try descent.advance(&state, on: objective)
    // What the first moment still holds is gone after a few steps: 0.9⁴⁰ = 0.015.
    _ = try descent.advance(&state, on: scaled)
    let before = state.point
    _ = try descent.advance(&state, on: scaled)
    let fresh = try descent.minimize(scaled, from: before)
    #expect(distance(state.point, before) < 0.05 * distance(fresh.point, before))
  }

  @Test func glorotStartsAreWithinTheirLimits() {
    let network = DenseNetwork(widths: [6, 4, 1], activation: .relu)
    var generator = SeededGenerator(seed: 2)
    let start = network.glorotStart(&generator)
    #expect(start.count == network.parameterCount)
    for (range, limit) in zip(network.weightRanges, [0.6, 1.2]) {
      #expect(start[range].allSatisfy { abs($0) <= limit.squareRoot() })
      #expect(start[range].contains { abs($0) > limit.squareRoot() / 2 })
    }
    #expect(start[24..<28].allSatisfy { $0 == 0 } && start[32] == 0)
  }
}
