import CollapseCore
import LibC
import Networks
import Testing
import Training

/// Losses and penalties against their formulas, and their gradients against central differences.
@Suite struct LossTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let objective: Objective
    /// The mean of loss and penalties by definition.
    let definition: @Sendable (_ z: [[Double]], _ h: [[Double]], _ labels: [Int]) -> Double
  }

  static let cases = [
    Case(testDescription: "cross-entropy", objective: Objective(.crossEntropy())) { z, _, y in
      mean(y.indices) { crossEntropy(z[$0], oneHot(y[$0], z[$0].count)) }
    },
    Case(
      testDescription: "label smoothing", objective: Objective(.crossEntropy(labelSmoothing: 0.2))
    ) { z, _, y in
      mean(y.indices) { i in
        crossEntropy(z[i], oneHot(y[i], z[i].count).map { 0.8 * $0 + 0.2 / Double(z[i].count) })
      }
    },
    Case(testDescription: "squares", objective: Objective(.meanSquaredError())) { z, _, y in
      mean(y.indices) { i in
        zip(z[i], oneHot(y[i], z[i].count)).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
          / Double(z[i].count)
      }
    },
    Case(
      testDescription: "rescaled squares",
      objective: Objective(.meanSquaredError(weight: 5, target: 15))
    ) { z, _, y in
      mean(y.indices) { i in
        zip(z[i], oneHot(y[i], z[i].count)).reduce(0) { sum, pair in
          sum + (pair.1 == 1 ? 5 : 1) * (pair.0 - 15 * pair.1) * (pair.0 - 15 * pair.1)
        } / Double(z[i].count)
      }
    },
    Case(
      testDescription: "spectral decoupling",
      objective: Objective(.crossEntropy(), spectralDecoupling: 0.3)
    ) { z, _, y in
      mean(y.indices) { i in
        crossEntropy(z[i], oneHot(y[i], z[i].count)) + 0.3 / 2 * z[i].reduce(0) { $0 + $1 * $1 }
      }
    },
    Case(
      testDescription: "feature decay",
      objective: Objective(.meanSquaredError(), featureDecay: 0.4)
    ) { z, h, y in
      mean(y.indices) { i in
        zip(z[i], oneHot(y[i], z[i].count)).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
          / Double(z[i].count) + 0.4 / 2 * h[i].reduce(0) { $0 + $1 * $1 }
      }
    },
    Case(
      testDescription: "supervised contrastive",
      objective: Objective(.supervisedContrastive(temperature: 0.5, classifierWeight: 2))
    ) { z, h, y in
      supervisedContrastive(h, y, temperature: 0.5)
        + 2 * mean(y.indices) { crossEntropy(z[$0], oneHot(y[$0], z[$0].count)) }
    },
    Case(
      testDescription: "supervised contrastive with both penalties",
      objective: Objective(
        .supervisedContrastive(temperature: 0.1), spectralDecoupling: 0.2, featureDecay: 0.1)
    ) { z, h, y in
      supervisedContrastive(h, y, temperature: 0.1)
        + mean(y.indices) { i in
          crossEntropy(z[i], oneHot(y[i], z[i].count)) + 0.1 * z[i].reduce(0) { $0 + $1 * $1 }
            + 0.05 * h[i].reduce(0) { $0 + $1 * $1 }
        }
    },
  ]

  /// A batch with classes of several sizes, one of them a single sample.
  static let labels = [0, 2, 1, 0, 2, 0, 3, 2, 1]
  static let classes = 5

  @Test(arguments: cases, [1, 7, 16, 19]) func definitionAndGradient(
    _ c: Case, _ width: Int
  ) throws {
    var random = SeededGenerator(seed: 3)
    // Odd multiples of 2⁻⁶, which stay exact when moved by 2⁻¹³ and are never zero.
    func numbers(_ count: Int) -> [Float] {
      (0..<count).map { _ in Float((random.normal() * 32).rounded() * 2 + 1) / 64 }
    }
    let count = Self.labels.count
    let logits = numbers(count * Self.classes)
    let features = numbers(count * width)
    let result = Self.evaluate(c.objective, logits, features)
    let expected = c.definition(
      Self.rows(logits, Self.classes), Self.rows(features, width), Self.labels)
    #expect(abs(result.value - expected) <= 1e-12 * max(1, abs(expected)))

    let step: Float = 0x1p-13
    func differences(_ values: [Float], _ value: ([Float]) -> Double) -> [Double] {
      values.indices.map { index in
        var moved = values
        moved[index] += step
        let above = value(moved)
        moved[index] -= 2 * step
        return (above - value(moved)) / Double(2 * step)
      }
    }
    expectClose(
      result.logitGradient,
      differences(logits) { Self.evaluate(c.objective, $0, features).value }, "by logits",
      tolerance: 1e-5)
    expectClose(
      result.featureGradient,
      differences(features) { Self.evaluate(c.objective, logits, $0).value }, "by features",
      tolerance: 2e-5)
  }

  /// Classes of n equal features each, orthogonal to one another, N in all:
  /// L = log(n − 1 + (N − n) e^{−1/τ}).
  @Test func contrastiveLossOfCollapsedFeatures() {
    let labels = [0, 0, 0, 1, 1, 1, 2, 2, 2]
    let features = labels.flatMap { label in (0..<3).map { $0 == label ? Float(7) : 0 } }
    let loss = Self.contrast(features, labels, temperature: 0.2).loss
    #expect(abs(loss / 9 - log(2 + 6 * exp(-5))) < 1e-12)
  }

  /// Only the directions of features matter: scaling each by its own factor changes nothing, and
  /// the gradient is orthogonal to every feature.
  @Test func contrastiveLossSeesDirectionsOnly() {
    var random = SeededGenerator(seed: 4)
    let width = 6
    let features = (0..<Self.labels.count * width).map { _ in Float(random.normal()) }
    var scaled = features
    for index in scaled.indices { scaled[index] *= Float(1 << (index / width % 4)) }
    let one = Self.contrast(features, Self.labels, temperature: 0.1)
    let other = Self.contrast(scaled, Self.labels, temperature: 0.1)
    #expect(abs(one.loss - other.loss) < 1e-10)
    for sample in Self.labels.indices {
      let range = sample * width..<(sample + 1) * width
      let along = zip(features[range], one.gradient[range]).reduce(0.0) {
        $0 + Double($1.0) * Double($1.1)
      }
      #expect(abs(along) < 1e-6)
    }
  }

  /// A dead feature has no direction, a sample alone in its class nothing to be near to: neither
  /// may turn the rest into NaN.
  @Test func contrastiveLossOfDegenerateBatches() {
    let dead = Self.contrast([0, 0, 1, 0, 1, 1], [0, 0, 1], temperature: 0.1)
    #expect(dead.loss.isFinite && dead.gradient.allSatisfy(\.isFinite))
    #expect(dead.gradient[..<2] == [0, 0])
    let alone = Self.contrast([1, 0, 0, 1], [0, 1], temperature: 0.1)
    #expect(alone.loss == 0 && alone.gradient == [0, 0, 0, 0])
    #expect(Self.contrast([3, 4], [0], temperature: 0.1).loss == 0)
    let broken = Self.contrast([.nan, 0, 1, 1], [0, 0], temperature: 0.1)
    #expect(broken.loss.isNaN)
  }

  @Test func namesInFiles() throws {
    #expect(LossFunction.crossEntropy().name == "cross_entropy")
    #expect(LossFunction.meanSquaredError().name == "mean_squared_error")
    #expect(LossFunction.supervisedContrastive().name == "supervised_contrastive")
  }

  // MARK: Evaluation

  private static func evaluate(
    _ objective: Objective, _ logits: [Float], _ features: [Float]
  ) -> (value: Double, logitGradient: [Float], featureGradient: [Float]) {
    var (logits, features) = (logits, features)
    var labels = labels.map { Int32($0) }
    var logitGradient = [Float](repeating: .nan, count: logits.count)
    var featureGradient = [Float](repeating: .nan, count: features.count)
    let sum = logits.withUnsafeMutableBufferPointer { logits in
      features.withUnsafeMutableBufferPointer { features in
        labels.withUnsafeMutableBufferPointer { labels in
          logitGradient.withUnsafeMutableBufferPointer { logitGradient in
            featureGradient.withUnsafeMutableBufferPointer { featureGradient in
              objective.evaluate(
                BatchOutputs(logits: logits, features: features, labels: labels),
                gradients: BatchGradients(logits: logitGradient, features: featureGradient))
            }
          }
        }
      }
    }
    return ((sum.loss + sum.penalty) / Double(labels.count), logitGradient, featureGradient)
  }

  private static func contrast(
    _ features: [Float], _ labels: [Int], temperature: Double
  ) -> (loss: Double, gradient: [Float]) {
    var features = features
    var labels = labels.map { Int32($0) }
    var gradient = [Float](repeating: .nan, count: features.count)
    let loss = features.withUnsafeMutableBufferPointer { features in
      labels.withUnsafeMutableBufferPointer { labels in
        gradient.withUnsafeMutableBufferPointer {
          SupervisedContrastive(temperature: temperature).evaluate(
            features: features, labels: labels, gradient: $0)
        }
      }
    }
    return (loss, gradient)
  }

  private static func rows(_ values: [Float], _ width: Int) -> [[Double]] {
    stride(from: 0, to: values.count, by: width).map {
      values[$0..<$0 + width].map(Double.init)
    }
  }
}

// MARK: Definitions

private func mean(_ range: Range<Int>, _ value: (Int) -> Double) -> Double {
  range.reduce(0) { $0 + value($1) } / Double(range.count)
}

private func oneHot(_ label: Int, _ classes: Int) -> [Double] {
  (0..<classes).map { $0 == label ? 1 : 0 }
}

private func crossEntropy(_ z: [Double], _ target: [Double]) -> Double {
  let total = z.reduce(0) { $0 + exp($1) }
  return -zip(z, target).reduce(0) { $0 + $1.1 * log(exp($1.0) / total) }
}

/// Equation 2 of Khosla et al., term by term.
func supervisedContrastive(_ h: [[Double]], _ labels: [Int], temperature: Double) -> Double {
  let u = h.map { row in
    let norm = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return row.map { $0 / norm }
  }
  func product(_ i: Int, _ j: Int) -> Double {
    exp(zip(u[i], u[j]).reduce(0) { $0 + $1.0 * $1.1 } / temperature)
  }
  return mean(labels.indices) { i in
    let positives = labels.indices.filter { $0 != i && labels[$0] == labels[i] }
    if positives.isEmpty { return 0 }
    let all = labels.indices.filter { $0 != i }.reduce(0) { $0 + product(i, $1) }
    return -positives.reduce(0) { $0 + log(product(i, $1) / all) } / Double(positives.count)
  }
}
