import CollapseCore

extension Study {
  /// The axes on which `runs` differ, in reading order, and the condition of each run on all axes.
  ///
  /// Runs that would be taken for repetitions of each other without being so (they state the same
  /// and have one seed or none, or one states what another leaves open) get an axis of their own:
  /// the name of the run.
  static func axes(of runs: [RunRecord]) -> (axes: [StudyAxis], conditions: [Condition]) {
    var conditions = runs.map(\.facts.condition)
    var kept: [String] = []
    for name in decidingOrder(Set(conditions.flatMap(\.values.keys)))
    where Set(conditions.compactMap { $0[name] }).count > 1 {
      let group = group(of: name)
      let before = kept.filter { Self.group(of: $0) == group }
      if !isDecided(name, by: before, in: conditions) { kept.append(name) }
    }
    let apart = runsApart(runs, conditions, on: kept)
    if !apart.isEmpty {
      for index in runs.indices where apart.contains(index) {
        conditions[index][StudyAxis.run] = .word(runs[index].name)
      }
      if Set(conditions.map { $0[StudyAxis.run] }).count > 1 { kept.append(StudyAxis.run) }
    }
    let axes = readingOrder(Set(kept)).map { name in
      StudyAxis(name, values: conditions.map { $0[name] })
    }
    return (axes, conditions)
  }

  /// The places of runs that share what they state on `axes` and are not repetitions.
  private static func runsApart(
    _ runs: [RunRecord], _ conditions: [Condition], on axes: [String]
  ) -> Set<Int> {
    var apart: Set<Int> = []
    for places in Dictionary(grouping: runs.indices, by: { conditions[$0].on(axes) }).values
    where places.count > 1 {
      let seeds = places.map { runs[$0].facts.seed }
      let areRepetitions =
        !seeds.contains(nil) && Set(seeds).count == seeds.count
        && Set(places.map { conditions[$0] }).count == 1
      if !areRepetitions { apart.formUnion(places) }
    }
    return apart
  }

  private static let first = [
    Condition.Axis.dataset.name, Condition.Axis.network.name, Condition.Axis.loss.name,
    Condition.Axis.learningRate.name,
  ]
  private static let last = [
    StudyAxis.run, Condition.Axis.normalization.name, Condition.Axis.weightDecay.name,
  ]

  /// The axes everybody knows before options, of which the kind of a thing before its fields and a
  /// hash after what it is of: the order in which an axis that says the same as those before it is left out.
  private static func decidingOrder(_ names: Set<String>) -> [String] {
    let options = names.subtracting(first).subtracting(last).sorted()
    let kinds = options.filter { $0.hasSuffix(".kind") }
    let hashes = options.filter { $0.hasSuffix(".sha256") }
    return (first + last).filter(names.contains) + kinds
      + options.filter { !kinds.contains($0) && !hashes.contains($0) } + hashes
  }

  /// What a reader knows best at both ends, options by their paths between.
  private static func readingOrder(_ names: Set<String>) -> [String] {
    first.filter(names.contains)
      + names.subtracting(first).subtracting(last).sorted()
      + last.filter(names.contains)
  }

  /// The axes that say the same thing with different words: those of a data set, of a network's
  /// layers, of a loss.
  private static func group(of name: String) -> String {
    let groups: [(axis: String, options: [String])] = [
      (Condition.Axis.dataset.name, ["dataset."]),
      (
        Condition.Axis.normalization.name,
        ["network.batchNormalization", "network.lastLayerBatchNormalization"]
      ),
      (Condition.Axis.network.name, ["network.kind", "network.widths", "network.layers"]),
      (Condition.Axis.loss.name, ["training.loss."]),
      (Condition.Axis.learningRate.name, ["training.learningRate."]),
      (Condition.Axis.weightDecay.name, ["training.weightDecay."]),
      ("training.optimizer", ["training.optimizer."]),
    ]
    for (axis, options) in groups
    where axis == name || options.contains(where: { name.hasPrefix($0) }) {
      return axis
    }
    return name
  }

  /// Whether equal values on `axes` always go with equal values on the axis `name`.
  private static func isDecided(
    _ name: String, by axes: [String], in conditions: [Condition]
  ) -> Bool {
    guard !axes.isEmpty else { return false }
    var values: [Condition: Condition.Value?] = [:]
    for condition in conditions {
      let place = condition.on(axes)
      if let known = values[place], known != condition[name] { return false }
      values[place] = condition[name]
    }
    return true
  }
}
