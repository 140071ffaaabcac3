import CollapseCore
import LibC

extension Shaping {
  /// Keeps the samples of `classes` and numbers them anew, in that order.
  func selectClasses(
    _ classes: [String], of samples: some LabeledSamples, _ indices: inout [Int],
    _ labels: inout [Int32], _ classNames: inout [String], _ name: String
  ) throws(DatasetError) {
    var target: [Int32?] = Array(repeating: nil, count: classNames.count)
    for (position, wanted) in classes.enumerated() {
      guard let label = classNames.firstIndex(of: wanted) else {
        throw DatasetError(
          file: name, location: "classes",
          problem: "no class '\(wanted)'; there are \(classNames.joined(separator: ", "))",
          kind: .usage)
      }
      guard target[label] == nil else {
        throw DatasetError(
          file: name, location: "classes", problem: "class '\(wanted)' is named twice",
          kind: .usage)
      }
      target[label] = Int32(position)
    }
    guard !classes.isEmpty else {
      throw DatasetError(
        file: name, location: "classes", problem: "expected at least one class, found none",
        kind: .usage)
    }
    indices = indices.filter { target[Int(samples.labels[$0])] != nil }
    labels = indices.map { target[Int(samples.labels[$0])]! }
    classNames = classes
  }

  /// Keeps as many samples of each class as `perClass` and `imbalance` say.
  func subsample(
    _ indices: inout [Int], _ labels: inout [Int32], _ classNames: [String],
    _ draws: ShapingDraws, _ name: String
  ) throws(DatasetError) {
    guard perClass != nil || imbalance != nil else { return }
    let available = countsPerClass(labels, classCount: classNames.count)
    let wanted = try countsToKeep(of: available, classNames, name)
    var positions = Array(repeating: [Int](), count: classNames.count)
    for (position, label) in labels.enumerated() { positions[Int(label)].append(position) }
    var kept: [Int] = []
    for (label, members) in positions.enumerated() {
      // A stream per class: what is drawn of one does not depend on the others.
      var random = draws.generator("subset/\(classNames[label])")
      kept += random.permutation(members.count).prefix(wanted[label]).map { members[$0] }
    }
    kept.sort()
    indices = kept.map { indices[$0] }
    labels = kept.map { labels[$0] }
  }

  private func countsToKeep(
    of available: [Int], _ classNames: [String], _ name: String
  ) throws(DatasetError) -> [Int] {
    let fractions = try fractions(classCount: classNames.count, name)
    let head = perClass.map(Double.init) ?? largestHead(fractions, available)
    let wanted = fractions.map { Int((head * $0).rounded()) }
    for (label, count) in wanted.enumerated() {
      guard count >= 1 else {
        throw DatasetError(
          file: name, location: "class '\(classNames[label])'",
          problem: "would keep none of its \(available[label]) samples; "
            + "expected a smaller imbalance or more per class", kind: .usage)
      }
      guard count <= available[label] else {
        throw DatasetError(
          file: name, location: "class '\(classNames[label])'",
          problem: "expected at least \(count) samples, found \(available[label])")
      }
    }
    return wanted
  }

  /// n_c / n_0.
  private func fractions(classCount: Int, _ name: String) throws(DatasetError) -> [Double] {
    let ratio = imbalance ?? 1
    guard imbalanceProfile == .step else {
      return (0..<classCount).map { pow(ratio, -Double($0) / Double(max(1, classCount - 1))) }
    }
    let minority = minorityClasses ?? classCount / 2
    guard minority < classCount else {
      throw DatasetError(
        file: name, location: "minorityClasses",
        problem: "expected fewer than the \(classCount) classes, found \(minority)", kind: .usage)
    }
    return (0..<classCount).map { $0 < classCount - minority ? 1 : 1 / ratio }
  }

  /// The largest whole n_0 for which every class has n_0 · fraction samples.
  private func largestHead(_ fractions: [Double], _ available: [Int]) -> Double {
    zip(fractions, available).map { fraction, count in
      // The relative slack takes back the rounding of pow, no more.
      (Double(count) / fraction * (1 + 1e-12)).rounded(.down)
    }.min() ?? 0
  }
}
