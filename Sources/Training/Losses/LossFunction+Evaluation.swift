#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The loss of some samples, summed, and how many of them have their largest logit at their
/// label (the first of equal ones counts; none is right where a logit is not a number).
struct LossSum: Sendable, Hashable {
  var loss = 0.0
  var correct = 0

  static func += (a: inout LossSum, b: LossSum) {
    a.loss += b.loss
    a.correct += b.correct
  }
}

extension LossFunction {
  /// Sums the loss over the rows of `logits`, and writes the gradient of the mean where asked.
  ///
  /// Computed in double precision from the float32 logits, row after row: the same on any number
  /// of threads.
  func evaluate(
    _ logits: UnsafeMutableBufferPointer<Float>, labels: UnsafeMutableBufferPointer<Int32>,
    classes: Int, gradient: UnsafeMutableBufferPointer<Float>?
  ) -> LossSum {
    var sum = LossSum()
    let share = 1 / Double(labels.count)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: classes) { row in
      for (index, label) in labels.enumerated() {
        let label = Int(label)
        let start = index * classes
        var best = 0
        for c in 0..<classes {
          row[c] = Double(logits[start + c])
          if row[c] > row[best] { best = c }
        }
        if best == label, row[best].isFinite { sum.correct += 1 }
        sum.loss += value(row, label: label, largest: row[best])
        if let gradient {
          for c in 0..<classes { gradient[start + c] = Float(row[c] * share) }
        }
      }
    }
    return sum
  }

  /// The loss of one sample; `row` holds its logits and then the gradient by them.
  private func value(
    _ row: UnsafeMutableBufferPointer<Double>, label: Int, largest: Double
  ) -> Double {
    let classes = row.count
    switch self {
    case .crossEntropy(let smoothing):
      var total = 0.0
      var sumOfLogits = 0.0
      let labelLogit = row[label]
      for c in 0..<classes {
        sumOfLogits += row[c]
        row[c] = exp(row[c] - largest)
        total += row[c]
      }
      let logTotal = log(total) + largest
      let off = smoothing / Double(classes)
      for c in 0..<classes { row[c] = row[c] / total - off }
      row[label] -= 1 - smoothing
      return logTotal - (1 - smoothing) * labelLogit - off * sumOfLogits
    case .meanSquaredError(let weight, let target):
      var loss = 0.0
      for c in 0..<classes {
        let difference = row[c] - (c == label ? target : 0)
        let factor = (c == label ? weight : 1) / Double(classes)
        loss += factor * difference * difference
        row[c] = 2 * factor * difference
      }
      return loss
    }
  }
}
