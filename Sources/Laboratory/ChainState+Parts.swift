import CollapseCore
import LinearAlgebra
import Predictions

extension ChainState {
  /// Into which shares each class falls by the directions of what enters W_l, l from 1: samples belong
  /// together where their cosine is above 0.9. Samples of less than a thousandth of the largest norm
  /// belong to none.
  ///
  /// One share of 1 is a class that has collapsed, or is about to.
  public func parts(enteringLayer layer: Int) -> [[Double]] {
    let firsts = firsts(enteringLayer: layer)
    return chain.classCounts.enumerated().map { label, count in
      let own = zip(chain.labels, firsts).compactMap { $0 == label ? $1 : nil }
      return Set(own).sorted().map { first in
        Double(own.count { $0 == first }) / Double(count)
      }
    }
  }

  /// For every sample the first of its class whose features point its way, or `nil` without features.
  private func firsts(enteringLayer layer: Int, ofAll: Bool = false) -> [Int?] {
    let rows = layers[layer - 1]
    let norms = rows.rowNorms
    let least = 1e-3 * (norms.max() ?? 0)
    let labels = chain.labels
    return labels.indices.map { row in
      guard norms[row] > least else { return nil }
      return (0...row).first { first in
        (ofAll || labels[first] == labels[row]) && norms[first] > least
          && dot(rows.row(first), rows.row(row)) > 0.9 * norms[first] * norms[row]
      }
    }
  }

  private func classesShareDirections(enteringLayer layer: Int) -> Bool {
    firsts(enteringLayer: layer, ofAll: true) != firsts(enteringLayer: layer)
  }

  /// What the minimum costs whose classes fall into the parts seen here, by ``SplitClass``; `nil` where
  /// decay is too strong for it, and where two classes share a direction, of which it says nothing.
  ///
  /// For chains of two layers or more with ReLUs and classes of one size, under the squared error
  /// without a bias.
  public func splitLoss() -> Double? {
    let depth = chain.depth
    let features = DeepFeatures(
      depth: depth,
      decayProduct: chain.weightDecays.reduce(
        Double(chain.classCounts[0]) * chain.featureDecay, *),
      spread: Double(chain.classCount))
    guard !classesShareDirections(enteringLayer: 2) else { return nil }
    let seen = (2...max(2, depth)).map { parts(enteringLayer: $0) }
    var sum = 0.0
    for label in chain.classCounts.indices {
      let apart = seen.prefix { $0[label].count > 1 }.count
      guard
        let split = SplitClass(
          parts: seen[0][label], splitLayers: max(1, apart), of: features)
      else { return nil }
      sum += split.loss
    }
    return sum / Double(chain.classCount)
  }
}
