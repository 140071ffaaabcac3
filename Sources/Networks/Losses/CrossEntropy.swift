import CollapseCore
import LibC

/// −Σ_c t_c log softmax(z)_c, with t = (1 − s)·onehot + s / C.
///
/// Source of the smoothing: Szegedy et al., "Rethinking the Inception Architecture", 2016.
package struct CrossEntropy: Loss {
  package static let kind = "crossEntropy"
  package static let name = "cross_entropy"

  /// s, in [0, 1).
  package var labelSmoothing: Double

  package init(labelSmoothing: Double = 0) { self.labelSmoothing = labelSmoothing }

  package func evaluate(logits row: UnsafeMutableBufferPointer<Double>, label: Int) -> Double {
    let largest = row.max() ?? 0
    var total = 0.0
    var sumOfLogits = 0.0
    let labelLogit = row[label]
    for c in row.indices {
      sumOfLogits += row[c]
      row[c] = exp(row[c] - largest)
      total += row[c]
    }
    let off = labelSmoothing / Double(row.count)
    for c in row.indices { row[c] = row[c] / total - off }
    row[label] -= 1 - labelSmoothing
    return log(total) + largest - (1 - labelSmoothing) * labelLogit - off * sumOfLogits
  }
}

extension CrossEntropy {
  private enum CodingKeys: String, CodingKey, CaseIterable { case kind, labelSmoothing }

  package init(from decoder: any Decoder) throws {
    try decoder.refuseFields(except: CodingKeys.allCases)
    let container = try decoder.container(keyedBy: CodingKeys.self)
    labelSmoothing = try container.value(.labelSmoothing, default: 0.0)
    try container.require(.labelSmoothing, labelSmoothing, "a number in [0, 1)") {
      (0..<1).contains($0)
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(labelSmoothing, forKey: .labelSmoothing)
  }
}
