import Predictions

extension FeatureChain {
  /// Deep neural collapse as parameters: every layer an orthogonal frame on the first K coordinates,
  /// every group of the penalty that the closed form says. `nil` beyond the fold, and where a layer is
  /// narrower than K.
  ///
  /// For classes of one size under the squared error.
  public func collapsedConstruction() -> [Double]? {
    let n = classCounts[0]
    let product = weightDecays.reduce(Double(n) * featureDecay, *)
    let features = DeepFeatures(
      depth: depth, decayProduct: product, spread: Double(classCount))
    guard let penalty = features.groupPenalty, widths.allSatisfy({ $0 >= classCount }) else {
      return nil
    }
    var point = [Double](repeating: 0, count: groups.last!.range.upperBound)
    for (index, group) in groups.enumerated() where group.name != "b" {
      let isFeatures = index == 0
      let entries = isFeatures ? sampleCount : classCount
      let value = (penalty / group.decay / Double(entries)).squareRoot()
      let columns = isFeatures ? widths[0] : widths[index - 1]
      for row in 0..<entries {
        let column = isFeatures ? labels[row] : row
        point[group.range.lowerBound + row * columns + column] = value
      }
    }
    return point
  }
}
