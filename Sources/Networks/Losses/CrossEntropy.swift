package import CollapseCore
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

  /// A = diag(p) − ppᵀ with p = softmax(z), whatever the smoothing.
  package func applyCurvature(
    logits: UnsafeBufferPointer<Double>, label: Int,
    to direction: UnsafeMutableBufferPointer<Double>
  ) {
    let largest = logits.max() ?? 0
    var total = 0.0
    for logit in logits { total += exp(logit - largest) }
    var mean = 0.0
    for c in logits.indices { mean += exp(logits[c] - largest) / total * direction[c] }
    for c in logits.indices {
      direction[c] = exp(logits[c] - largest) / total * (direction[c] - mean)
    }
  }
}

extension CrossEntropy {
  package static let summary = "−Σ_c t_c log softmax(z)_c, t = (1 − s)·onehot + s/C"
  package static var standard: CrossEntropy { CrossEntropy() }

  package static var fields: [Field<CrossEntropy>] {
    [
      Field(
        "labelSmoothing", \.labelSmoothing, "s, the share of each target spread over all classes.",
        range: .halfOpen(0..<1), flag: CommandLineFlag("label-smoothing", valueName: "share"))
    ]
  }
}
