package import CollapseCore
import LibC

/// The supervised contrastive loss of a batch's features h, normalized to u = h / ‖h‖:
///
/// L_i = −1/|P(i)| Σ_{p ∈ P(i)} log( exp(u_i·u_p / τ) / Σ_{a ≠ i} exp(u_i·u_a / τ) ),
///
/// where P(i) are the other samples of the batch with the label of i. A sample that is alone in
/// its class within the batch contributes 0, and is counted in the mean; a feature of length 0
/// stays 0 and gets no gradient. Each image is seen once per batch, not in two views.
///
/// The loss says nothing about logits. So that there are a classifier and an accuracy, the
/// classifier is trained along with it by `classifierWeight` × cross-entropy on the features as
/// they are: that part has no gradient by the features, which are those of a training without it.
/// Khosla et al. train the classifier by the same loss afterwards, on frozen features.
///
/// Source: Khosla et al., "Supervised Contrastive Learning", 2020, equation 2.
package struct SupervisedContrastive: Loss, FeatureLoss {
  package static let kind = "supervisedContrastive"
  package static let name = "supervised_contrastive"

  /// τ.
  package var temperature: Double
  /// The factor on the classifier's cross-entropy.
  package var classifierWeight: Double

  package init(temperature: Double = 0.1, classifierWeight: Double = 1) {
    self.temperature = temperature
    self.classifierWeight = classifierWeight
  }

  package var featureLoss: (any FeatureLoss)? { self }

  package func evaluate(logits row: UnsafeMutableBufferPointer<Double>, label: Int) -> Double {
    let loss = CrossEntropy().evaluate(logits: row, label: label)
    for c in row.indices { row[c] *= classifierWeight }
    return classifierWeight * loss
  }

  /// A of the classifier's part.
  package func applyCurvature(
    logits: UnsafeBufferPointer<Double>, label: Int,
    to direction: UnsafeMutableBufferPointer<Double>
  ) {
    CrossEntropy().applyCurvature(logits: logits, label: label, to: direction)
    for c in direction.indices { direction[c] *= classifierWeight }
  }

  package func evaluate(
    features: UnsafeMutableBufferPointer<Float>, labels: UnsafeMutableBufferPointer<Int32>,
    gradient: UnsafeMutableBufferPointer<Float>?
  ) -> Double {
    let count = labels.count
    let directions = Directions(features, count: count)
    defer { directions.deallocate() }
    // Row i holds u_i·u_a / τ, and then ∂L_i / ∂(u_i·u_a / τ).
    let table = UnsafeMutableBufferPointer<Double>.allocate(capacity: count * count)
    defer { table.deallocate() }
    for i in 0..<count {
      for j in 0...i {
        let similarity = directions.product(i, j) / temperature
        table.initializeElement(at: i * count + j, to: similarity)
        if j < i { table.initializeElement(at: j * count + i, to: similarity) }
      }
    }
    var loss = 0.0
    for i in 0..<count {
      loss += contrast(
        UnsafeMutableBufferPointer(rebasing: table[i * count..<(i + 1) * count]), sample: i,
        labels)
    }
    if let gradient {
      let factor = 1 / (temperature * Double(count))
      for i in 0..<count {
        directions.writeGradient(of: i, into: gradient) { j in
          factor * (table[i * count + j] + table[j * count + i])
        }
      }
    }
    return loss
  }

  /// L_i; `row` holds the similarities of sample i, and then the gradient by them.
  private func contrast(
    _ row: UnsafeMutableBufferPointer<Double>, sample: Int,
    _ labels: UnsafeMutableBufferPointer<Int32>
  ) -> Double {
    var positives = 0
    var sum = 0.0
    var largest = -Double.infinity
    for j in row.indices where j != sample {
      largest = max(largest, row[j])
      if labels[j] == labels[sample] {
        positives += 1
        sum += row[j]
      }
    }
    guard positives > 0 else {
      row.update(repeating: 0)
      return 0
    }
    var total = 0.0
    for j in row.indices where j != sample { total += exp(row[j] - largest) }
    let logTotal = log(total) + largest
    let share = 1 / Double(positives)
    for j in row.indices where j != sample {
      row[j] = exp(row[j] - logTotal) - (labels[j] == labels[sample] ? share : 0)
    }
    row[sample] = 0
    return logTotal - sum * share
  }
}

/// The features of a batch as unit vectors in double precision, in rows padded to whole registers.
private struct Directions {
  private typealias Vector = SIMD8<Double>
  private let width: Int
  private let vectorsPerRow: Int
  private let vectors: UnsafeMutableBufferPointer<Vector>
  /// ‖h‖, and 0 for what is as good as 0.
  private let norms: UnsafeMutableBufferPointer<Double>
  /// One row, to work with.
  private let row: UnsafeMutableBufferPointer<Vector>

  init(_ features: UnsafeMutableBufferPointer<Float>, count: Int) {
    width = features.count / count
    vectorsPerRow = (width + 7) / 8
    vectors = .allocate(capacity: count * vectorsPerRow)
    vectors.initialize(repeating: .zero)
    norms = .allocate(capacity: count)
    row = .allocate(capacity: vectorsPerRow)
    row.initialize(repeating: .zero)
    for i in 0..<count {
      for k in 0..<width {
        vectors[i * vectorsPerRow + k / 8][k % 8] = Double(features[i * width + k])
      }
      let norm = product(i, i).squareRoot()
      norms.initializeElement(at: i, to: norm < 1e-12 ? 0 : norm)
      let factor = norm < 1e-12 ? 0 : 1 / norm
      for k in 0..<vectorsPerRow { vectors[i * vectorsPerRow + k] *= factor }
    }
  }

  func deallocate() {
    vectors.deallocate()
    norms.deallocate()
    row.deallocate()
  }

  func product(_ i: Int, _ j: Int) -> Double {
    var sum = Vector.zero
    for k in 0..<vectorsPerRow {
      sum += vectors[i * vectorsPerRow + k] * vectors[j * vectorsPerRow + k]
    }
    return sum.sum()
  }

  /// The gradient by h_i of a loss whose gradient by u_i is Σ_j c_j u_j:
  /// (g − u (u·g)) / ‖h‖ with g that sum.
  func writeGradient(
    of i: Int, into gradient: UnsafeMutableBufferPointer<Float>, _ coefficient: (Int) -> Double
  ) {
    row.update(repeating: .zero)
    for j in norms.indices {
      let c = coefficient(j)
      for k in 0..<vectorsPerRow { row[k] += vectors[j * vectorsPerRow + k] * c }
    }
    var along = Vector.zero
    for k in 0..<vectorsPerRow { along += row[k] * vectors[i * vectorsPerRow + k] }
    let projection = along.sum()
    let factor = norms[i] == 0 ? 0 : 1 / norms[i]
    for k in 0..<width {
      let direction = vectors[i * vectorsPerRow + k / 8][k % 8]
      gradient[i * width + k] = Float((row[k / 8][k % 8] - projection * direction) * factor)
    }
  }
}

extension SupervisedContrastive {
  package static let summary =
    "−1/|P(i)| Σ_{p∈P(i)} log( exp(u_i·u_p/τ) / Σ_{a≠i} exp(u_i·u_a/τ) ), u = h/‖h‖"
  package static var standard: SupervisedContrastive { SupervisedContrastive() }

  package static var fields: [Field<SupervisedContrastive>] {
    [
      Field(
        "temperature", \.temperature, "τ, by which similarities are divided.", range: .positive,
        flag: CommandLineFlag("temperature", valueName: "τ")),
      Field(
        "classifierWeight", \.classifierWeight, "The factor on the classifier's cross-entropy.",
        range: .positive),
    ]
  }
}
