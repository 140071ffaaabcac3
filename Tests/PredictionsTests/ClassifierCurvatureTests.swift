import CollapseCore
import LinearAlgebra
import Predictions
import Testing

/// The classifier's block at collapse: the closed form against the matrix itself.
@Suite struct ClassifierCurvatureTests {
  @Test(
    arguments: [2, 3, 4, 10],
    [(-1.0, 0.9), (0, 0.9), (0.3, 0.2), (0.9, 0.999)])
  func eigenvaluesAreThoseOfTheMatrix(classes: Int, setting: (cosine: Double, own: Double)) throws {
    // −1 stands for a simplex.
    let cosine = setting.cosine < 0 ? -1 / Double(classes - 1) : setting.cosine
    for hasBias in [false, true] {
      let form = ClassifierCurvature(
        classCount: classes, squaredNorm: 2.89, cosine: cosine, ownProbability: setting.own,
        hasBias: hasBias)
      let predicted = form.eigenvalues.flatMap { Array(repeating: $0.value, count: $0.count) }
        .sorted(by: >)
      let seen = try Self.eigenvalues(classes, 2.89, cosine, setting.own, hasBias)
      #expect(predicted.count <= seen.count)
      for (index, value) in seen.enumerated() {
        let expected = index < predicted.count ? predicted[index] : 0
        #expect(abs(value - expected) < 1e-14, "\(index): \(value), \(expected)")
      }
      #expect(abs(form.trace - seen.reduce(0, +)) < 1e-13)
      #expect(form.largest == predicted[0])
    }
  }

  @Test func theSimplexOfFourClasses() {
    let form = ClassifierCurvature(
      classCount: 4, squaredNorm: 1.7 * 1.7, cosine: -1.0 / 3, ownProbability: 0.9)
    let golden: [(Double, Int)] = [
      (0.1156, 1), (0.0877703704, 3), (0, 3), (0.0321111111, 5),
    ]
    for (found, expected) in zip(form.eigenvalues, golden) {
      #expect(abs(found.value - expected.0) < 1e-10 && found.count == expected.1)
    }
  }

  /// Of (1/C) Σ A_c ⊗ μ_cμ_cᵀ, which has the nonzero eigenvalues of its matrix of inner products,
  /// in descending order.
  private static func eigenvalues(
    _ classes: Int, _ squaredNorm: Double, _ cosine: Double, _ own: Double, _ hasBias: Bool
  ) throws -> [Double] {
    let other = (1 - own) / Double(classes - 1)
    var root: [Matrix] = []  // A_c^½
    for c in 0..<classes {
      let p = (0..<classes).map { $0 == c ? own : other }
      var a = Matrix(rows: classes, columns: classes)
      for i in 0..<classes {
        for j in 0..<classes { a[i, j] = (i == j ? p[i] : 0) - p[i] * p[j] }
      }
      let (values, vectors) = try a.symmetricEigenproblem()
      var half = Matrix(rows: classes, columns: classes)
      for i in 0..<classes {
        for j in 0..<classes {
          half[i, j] = (0..<classes).reduce(0) {
            $0 + max(0, values[$1]).squareRoot() * vectors[$1, i] * vectors[$1, j]
          }
        }
      }
      root.append(half)
    }
    var gram = Matrix(rows: classes * classes, columns: classes * classes)
    for c in 0..<classes {
      for d in 0..<classes {
        let product = squaredNorm * (c == d ? 1 : cosine) + (hasBias ? 1 : 0)
        for i in 0..<classes {
          for j in 0..<classes {
            let entry = (0..<classes).reduce(0) { $0 + root[c][i, $1] * root[d][$1, j] }
            gram[c * classes + i, d * classes + j] = entry * product / Double(classes)
          }
        }
      }
    }
    return try gram.symmetricEigenproblem().values.sorted(by: >)
  }
}
