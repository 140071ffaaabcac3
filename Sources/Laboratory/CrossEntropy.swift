import LibC

/// Cross-entropy of the logits in a row and its gradient, divided by `count`, in their place.
func replaceByCrossEntropyGradient(
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
