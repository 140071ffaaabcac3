public import CollapseCore
import LibC
import LinearAlgebra

/// The supervised contrastive loss of free features u_i = h_i/‖h_i‖, a row of d numbers per sample:
/// the mean over batches of
///
///     (1/|B|) Σ_i 1/(n_{B,y_i}−1) Σ_{p≠i, y_p=y_i} log Σ_{a≠i} exp((u_i·u_a − u_i·u_p)/τ).
///
/// Batches are fixed lists of samples. A sample without a partner in its batch counts 0 and stays in
/// the mean; so does one whose features a ReLU has set to zero, which have no direction.
public struct ContrastiveObjective: SmoothFunction {
  public let classCounts: [Int]
  public let featureDimension: Int
  public let temperature: Double
  /// Whether features go through a ReLU.
  public let isNonNegative: Bool
  public let batches: [[Int]]
  private let labels: [Int]
  private let products: Products

  /// - Parameter batches: samples of each; `nil` for one of all.
  public init(
    classCounts: [Int], featureDimension: Int, temperature: Double, isNonNegative: Bool = false,
    batches: [[Int]]? = nil
  ) throws {
    self.classCounts = classCounts
    self.featureDimension = featureDimension
    self.temperature = temperature
    self.isNonNegative = isNonNegative
    labels = classCounts.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element) }
    self.batches = batches ?? [Array(labels.indices)]
    products = try Products()
  }

  public var dimension: Int { labels.count * featureDimension }

  /// Features of norm 1, or 0 where a ReLU leaves none, and what their norms were.
  public func directions(of point: [Double]) -> (directions: Matrix, norms: [Double]) {
    let features = isNonNegative ? point.map { max($0, 0) } : point
    let matrix = Matrix(rows: labels.count, columns: featureDimension, elements: features)
    let norms = matrix.rowNorms
    return (matrix.scalingRows(by: norms.map { $0 > 0 ? 1 / $0 : 0 }), norms)
  }

  public func value(at point: [Double], gradient: inout [Double]) -> Double {
    let (units, norms) = directions(of: point)
    let d = featureDimension
    for index in gradient.indices { gradient[index] = 0 }
    var loss = 0.0
    for batch in batches {
      let rows = units.selectingRows(batch)
      var slope = [Double](repeating: 0, count: rows.elements.count)
      loss += batchLoss(rows, batch, &slope) / Double(batches.count)
      for (place, sample) in batch.enumerated() {
        for column in 0..<d {
          gradient[sample * d + column] += slope[place * d + column] / Double(batches.count)
        }
      }
    }
    // Through the normalization, of which the radial part is lost.
    for sample in labels.indices {
      let range = sample * d..<(sample + 1) * d
      guard norms[sample] > 0 else {
        for index in range { gradient[index] = 0 }
        continue
      }
      let radial = range.reduce(0.0) { $0 + gradient[$1] * units.elements[$1] }
      for index in range {
        let isOff = isNonNegative && point[index] <= 0
        gradient[index] =
          isOff ? 0 : (gradient[index] - radial * units.elements[index]) / norms[sample]
      }
    }
    return loss
  }

  /// The loss of one batch, and its gradient by the rows.
  private func batchLoss(_ rows: Matrix, _ batch: [Int], _ slope: inout [Double]) -> Double {
    let count = batch.count
    var similarities = [Double](repeating: 0, count: count * count)
    products.multiply(
      rows.elements, rows.elements, transposed: .second, rows: count, columns: count,
      depth: rows.columns, into: &similarities)
    let classes = batch.map { labels[$0] }
    var sizes = [Int](repeating: 0, count: classCounts.count)
    for label in classes { sizes[label] += 1 }
    let scale = 1 / (Double(count) * temperature)
    var loss = 0.0
    var weights = [Double](repeating: 0, count: count * count)
    for i in 0..<count {
      let positives = Double(sizes[classes[i]] - 1)
      guard positives > 0 else { continue }
      let start = i * count
      var top = -Double.infinity
      for a in 0..<count where a != i { top = max(top, similarities[start + a]) }
      var sum = 0.0
      var own = 0.0
      for a in 0..<count where a != i {
        let weight = exp((similarities[start + a] - top) / temperature)
        weights[start + a] = weight
        sum += weight
        if classes[a] == classes[i] { own += similarities[start + a] }
      }
      loss += (log(sum) + (top - own / positives) / temperature) / Double(count)
      for a in 0..<count where a != i {
        weights[start + a] =
          scale * (weights[start + a] / sum - (classes[a] == classes[i] ? 1 / positives : 0))
      }
    }
    products.multiply(
      weights, rows.elements, rows: count, columns: rows.columns, depth: count, into: &slope)
    products.multiply(
      weights, rows.elements, transposed: .first, rows: count, columns: rows.columns, depth: count,
      adding: true, into: &slope)
    return loss
  }

  /// A start drawn from a seed: normal numbers, for a ReLU their magnitudes.
  public func start(seed: UInt64) -> [Double] {
    var generator = SeededGenerator(seed: seed, stream: "laboratory features")
    return (0..<dimension).map { _ in
      let number = generator.normal()
      return isNonNegative ? abs(number) : number
    }
  }
}
