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
        loss += replaceByCrossEntropyGradient(
          row, classCount: classCount, label: label, count: count)
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
}
