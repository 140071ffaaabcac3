import LibC

extension FeatureChain.Loss {
  /// The loss of the outputs in `rows`, one per label, and in their place its gradient.
  func replaceByGradient(
    _ outputs: UnsafeMutablePointer<Double>, classCount: Int, labels: [Int]
  ) -> Double {
    let count = Double(labels.count)
    var loss = 0.0
    for (sample, label) in labels.enumerated() {
      let row = outputs + sample * classCount
      switch self {
      case .crossEntropy:
        loss += crossEntropy(row, classCount: classCount, label: label, count: count)
      case .squaredError:
        for index in 0..<classCount {
          let difference = row[index] - (index == label ? 1 : 0)
          loss += difference * difference / (2 * count)
          row[index] = difference / count
        }
      }
    }
    return loss
  }

  /// Cross-entropy of the logits in a row and its gradient, divided by `count`, in their place.
  private func crossEntropy(
    _ row: UnsafeMutablePointer<Double>, classCount: Int, label: Int, count: Double
  ) -> Double {
    var top = row[0]
    for index in 1..<classCount { top = max(top, row[index]) }
    let own = row[label]
    var sum = 0.0
    for index in 0..<classCount {
      row[index] = exp(row[index] - top)
      sum += row[index]
    }
    for index in 0..<classCount { row[index] /= sum * count }
    row[label] -= 1 / count
    return (log(sum) + top - own) / count
  }
}
