/// Ranks, and how far two orders agree.
package enum Ranks {
  /// The rank of each value from 1; equal values share the mean of theirs.
  package static func of(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = Array(repeating: 0.0, count: values.count)
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
      let shared = Double(start + 1 + end) / 2
      for place in start..<end { ranks[order[place]] = shared }
      start = end
    }
    return ranks
  }

  /// Spearman's ρ: the correlation of the ranks, −1…1; `nil` with fewer than three pairs or where
  /// one side is constant.
  package static func correlation(_ x: [Double], _ y: [Double]) -> Double? {
    precondition(x.count == y.count)
    guard x.count >= 3 else { return nil }
    let (a, b) = (of(x), of(y))
    let middle = Double(x.count + 1) / 2
    var (products, left, right) = (0.0, 0.0, 0.0)
    for index in a.indices {
      products += (a[index] - middle) * (b[index] - middle)
      left += (a[index] - middle) * (a[index] - middle)
      right += (b[index] - middle) * (b[index] - middle)
    }
    guard left > 0, right > 0 else { return nil }
    return products / (left * right).squareRoot()
  }
}
