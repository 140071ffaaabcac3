import LibC

/// How well a score tells rows of the classes, which are to have the larger scores, from those of an
/// out-of-distribution set.
struct ScoreSeparation {
  /// The scores in ascending order.
  private let inner: [Double]
  private let outer: [Double]

  /// - Parameters:
  ///   - inner: scores of rows of the classes, at least one.
  ///   - outer: scores of rows of the other set, at least one.
  init(inner: [Double], outer: [Double]) {
    self.inner = inner.sorted()
    self.outer = outer.sorted()
  }

  /// The share of pairs of an inner and an outer row of which the inner has the larger score, ties
  /// counting half.
  var areaUnderCurve: Double {
    var (below, equal) = (0, 0)
    var (first, last) = (0, 0)
    for score in inner {
      while first < outer.count, outer[first] < score { first += 1 }
      last = max(last, first)
      while last < outer.count, outer[last] <= score { last += 1 }
      below += first
      equal += last - first
    }
    return (Double(below) + Double(equal) / 2) / Double(inner.count) / Double(outer.count)
  }

  /// The share of outer rows above the 5th percentile of the inner.
  var falsePositives: Double {
    Self.share(of: outer, from: inner[inner.count / 20])
  }

  /// The receiver operating characteristic: the shares of outer and of inner rows whose score is at
  /// least a threshold, for falling thresholds, from (0, 0) to (1, 1). The thresholds are the
  /// hundredths of both sets' scores.
  var curve: [(falsePositives: Double, truePositives: Double)] {
    let thresholds = Set(
      [inner, outer].flatMap { scores in
        (0...100).map { scores[$0 * (scores.count - 1) / 100] }
      })
    return [(0, 0)]
      + thresholds.sorted(by: >).map {
        (Self.share(of: outer, from: $0), Self.share(of: inner, from: $0))
      }
  }

  /// Bins of equal width from the least score to the greatest, and the shares of either set in them.
  var histogram: (edges: [Double], inner: [Double], outer: [Double]) {
    let bins = 40
    let low = min(inner[0], outer[0])
    let high = max(inner[inner.count - 1], outer[outer.count - 1])
    let width = (high - low) / Double(bins)
    func shares(_ scores: [Double]) -> [Double] {
      var counts = [Int](repeating: 0, count: bins)
      for score in scores {
        let place = (score - low) / width
        counts[place.isFinite ? Int(min(max(place, 0), Double(bins - 1))) : 0] += 1
      }
      return counts.map { Double($0) / Double(scores.count) }
    }
    return ((0...bins).map { low + width * Double($0) }, shares(inner), shares(outer))
  }

  private static func share(of scores: [Double], from threshold: Double) -> Double {
    Double(scores.count - scores.partitionPoint { $0 >= threshold }) / Double(scores.count)
  }
}

extension [Double] {
  /// The first place from which on `isBeyond` holds, of ascending numbers of which it holds from
  /// somewhere on.
  fileprivate func partitionPoint(_ isBeyond: (Double) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isBeyond(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

/// What was found of out-of-distribution sets: `ood_<set>_<score>_…`.
struct OutOfDistributionFindings {
  private(set) var measurements: [(key: String, measurement: Measurement)] = []
  private(set) var series: [String: [Double]] = [:]

  mutating func undefined(_ set: String, _ score: String, _ reason: String) {
    measurements += ["auroc", "fpr95"].map { ("ood_\(set)_\(score)_\($0)", .undefined(reason)) }
  }

  mutating func record(_ separation: ScoreSeparation, of set: String, by score: String) {
    let key = "ood_\(set)_\(score)"
    measurements += [
      (key + "_auroc", .value(separation.areaUnderCurve)),
      (key + "_fpr95", .value(separation.falsePositives)),
    ]
    let histogram = separation.histogram
    series[key + "_edges"] = histogram.edges
    series[key + "_inner_shares"] = histogram.inner
    series[key + "_outer_shares"] = histogram.outer
    let curve = separation.curve
    series[key + "_roc_false_positives"] = curve.map(\.falsePositives)
    series[key + "_roc_true_positives"] = curve.map(\.truePositives)
  }
}
