import CollapseCore

extension Shaping {
  /// Makes labels wrong as `labelNoise` or `randomLabels` say; returns how many it changed.
  func corrupt(_ labels: inout [Int32], classCount: Int) -> Int {
    let original = labels
    if let labelNoise, classCount > 1 {
      var random = SeededGenerator(seed: seed, stream: "label noise")
      let count = Int((labelNoise * Double(labels.count)).rounded())
      for index in random.permutation(labels.count).prefix(count) {
        // One of the C − 1 others: a draw at or above the true label stands for the next.
        let other = Int32(random.index(below: classCount - 1))
        labels[index] = other < labels[index] ? other : other + 1
      }
    } else if randomLabels {
      var random = SeededGenerator(seed: seed, stream: "random labels")
      labels = random.permutation(labels.count).map { original[$0] }
    }
    return zip(original, labels).count { $0 != $1 }
  }
}
