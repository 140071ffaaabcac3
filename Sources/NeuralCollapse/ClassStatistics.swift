public import CollapseCore
import LinearAlgebra

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
    let places = Dictionary(
      uniqueKeysWithValues: all.enumerated().map { ($0.element, $0.offset) })
    var merged = [Double](repeating: 0, count: all.count * dimension)
    var mergedCounts = [Int](repeating: 0, count: all.count)
    for part in [self, other] {
      for (index, label) in part.labels.enumerated() {
        let place = places[label]!
        merged.withUnsafeMutableBufferPointer { target in
          part.means.elements.withUnsafeBufferPointer { source in
            guard let target = target.baseAddress, let source = source.baseAddress else { return }
            mergeMeans(
              target + place * dimension, count: mergedCounts[place],
              with: source + index * dimension, count: part.counts[index], columns: dimension)
          }
        }
        mergedCounts[place] += part.counts[index]
      }
    }
    (labels, counts) = (all, mergedCounts)
    means = Matrix(rows: all.count, columns: dimension, elements: merged)
  }
}
