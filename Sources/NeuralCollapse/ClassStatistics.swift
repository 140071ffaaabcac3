public import CollapseCore

/// How many samples each class has and what their mean is: n_c and μ_c.
///
/// Statistics merge: those of two sets are those of their union, whatever classes each holds, so
/// shards can be read anywhere. The means are accumulated about a sample of the class and merged
/// by Chan's update, never as differences of large sums.
public struct ClassStatistics: Sendable, Hashable, Codable {
  /// The labels of the classes present, ascending.
  public private(set) var labels: [Int64]
  /// n_c, one per label.
  public private(set) var counts: [Int]
  /// μ_c, classes × features.
  public private(set) var means: Matrix

  /// - Precondition: labels ascend, counts are positive, and there is one of each per row.
  public init(labels: [Int64], counts: [Int], means: Matrix) {
    precondition(labels.count == counts.count && labels.count == means.rows)
    precondition(zip(labels, labels.dropFirst()).allSatisfy { $0 < $1 })
    precondition(counts.allSatisfy { $0 > 0 })
    self.labels = labels
    self.counts = counts
    self.means = means
  }

  /// N.
  public var sampleCount: Int { counts.reduce(0, +) }
  /// d.
  public var dimension: Int { means.columns }

  /// The mean of all samples, Σ n_c μ_c / N.
  public var sampleMean: [Double] {
    means.meanRow(weights: counts.map { Double($0) / Double(sampleCount) })
  }

  /// The mean of the class means.
  public var classMeansMean: [Double] { means.meanRow }

  /// μ_G under a convention.
  public func globalMean(_ centering: Convention.Centering) -> [Double] {
    switch centering {
    case .classMeans: classMeansMean
    case .samples: sampleMean
    }
  }

  /// Adds the samples of `other`.
  ///
  /// - Precondition: both have the same dimension.
  public mutating func merge(_ other: ClassStatistics) {
    precondition(dimension == other.dimension)
    let all = Set(labels).union(other.labels).sorted()
    var merged = Matrix(rows: all.count, columns: dimension)
    var mergedCounts: [Int] = []
    for (row, label) in all.enumerated() {
      let mine = labels.firstIndex(of: label)
      let theirs = other.labels.firstIndex(of: label)
      let n = (mine: mine.map { counts[$0] } ?? 0, theirs: theirs.map { other.counts[$0] } ?? 0)
      mergedCounts.append(n.mine + n.theirs)
      let share = Double(n.theirs) / Double(n.mine + n.theirs)
      for column in 0..<dimension {
        let a = mine.map { means[$0, column] } ?? other.means[theirs!, column]
        let b = theirs.map { other.means[$0, column] } ?? a
        merged[row, column] = a + (b - a) * share
      }
    }
    (labels, counts, means) = (all, mergedCounts, merged)
  }
}
