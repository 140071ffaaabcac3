import CollapseCore

extension Shaping {
  /// Makes one class of each group of classes.
  func mergeClasses(
    _ groups: [[String]], _ labels: inout [Int32], _ classNames: inout [String], _ name: String
  ) throws(DatasetError) {
    func refuse(_ problem: String) -> DatasetError {
      DatasetError(file: name, location: "merge", problem: problem, kind: .usage)
    }
    var target: [Int32?] = Array(repeating: nil, count: classNames.count)
    for (label, group) in groups.enumerated() {
      guard !group.isEmpty else { throw refuse("expected classes in every group, found none") }
      for wanted in group {
        guard let old = classNames.firstIndex(of: wanted) else {
          throw refuse("no class '\(wanted)'; there are \(classNames.joined(separator: ", "))")
        }
        guard target[old] == nil else { throw refuse("class '\(wanted)' is named twice") }
        target[old] = Int32(label)
      }
    }
    let left = classNames.indices.filter { target[$0] == nil }.map { classNames[$0] }
    guard left.isEmpty else {
      throw refuse(
        "\(ClassNames.list(left)) \(left.count == 1 ? "is" : "are") in no group; name every class, "
          + "or choose the 'classes' that are to be kept")
    }
    labels = labels.map { target[Int($0)]! }
    classNames = groups.map { $0.joined(separator: "+") }
  }

  /// Makes labels wrong as `labelNoise` or `randomLabels` say; returns how many it changed.
  func corrupt(
    _ labels: inout [Int32], classCount: Int, _ draws: ShapingDraws
  ) -> Int {
    let original = labels
    if let labelNoise, classCount > 1 {
      var random = draws.generator("label noise")
      let count = Int((labelNoise * Double(labels.count)).rounded())
      for index in random.permutation(labels.count).prefix(count) {
        // One of the C − 1 others: a draw at or above the true label stands for the next.
        let other = Int32(random.index(below: classCount - 1))
        labels[index] = other < labels[index] ? other : other + 1
      }
    } else if randomLabels {
      var random = draws.generator("random labels")
      labels = random.permutation(labels.count).map { original[$0] }
    }
    return zip(original, labels).count { $0 != $1 }
  }
}
