import CollapseCore
import NeuralCollapse
import Reporting

extension RunRecord {
  /// The runs that features come from: the files of one folder that state the same training
  /// and seed are epochs and splits of one run.
  ///
  /// Files that would stand for the same epoch, split and layer, as those of programs that state
  /// nothing do, are runs of their own, named by their paths.
  static func joining(_ records: [RunRecord]) -> [RunRecord] {
    var origins: [Origin] = []
    var groups: [Origin: [RunRecord]] = [:]
    for record in records {
      let origin = Origin(record)
      if groups[origin] == nil { origins.append(origin) }
      groups[origin, default: []].append(record)
    }
    let joined = origins.filter { groups[$0]!.count > 1 && areOneRun(groups[$0]!) }
    return origins.flatMap { origin -> [RunRecord] in
      let records = groups[origin]!
      guard joined.contains(origin) else { return records }
      var run = records[0]
      run.name = origin.name(among: origins) ?? commonName(records) ?? run.name
      // As the training went: by their names, epoch 20 stands before epoch 5.
      run.measurements = records.flatMap(\.measurements).enumerated().sorted {
        ($0.element.epoch ?? -1, $0.offset) < ($1.element.epoch ?? -1, $1.offset)
      }.map(\.element)
      run.paths = records.flatMap(\.paths)
      return [run]
    }
  }

  /// The name that all files have with `*` for what differs: `epoch_*.npz`.
  private static func commonName(_ records: [RunRecord]) -> String? {
    let names = records.map { $0.paths.first ?? $0.name }
    guard let first = names.first, let shortest = names.map(\.count).min() else { return nil }
    let start = names.map { zip(first, $0).prefix { $0 == $1 }.count }.min()!
    let end = names.map { zip(first.reversed(), $0.reversed()).prefix { $0 == $1 }.count }.min()!
    guard start < shortest else { return nil }
    return first.prefix(start) + "*" + first.suffix(min(end, shortest - start))
  }

  /// Whether every epoch, split and layer occurs once.
  private static func areOneRun(_ records: [RunRecord]) -> Bool {
    struct Place: Hashable {
      let epoch: Int?
      let split: String
      let layerIndex: Int
    }
    var known: Set<Place> = []
    return records.allSatisfy { record in
      record.measurements.allSatisfy {
        known.insert(Place(epoch: $0.epoch, split: $0.split, layerIndex: $0.layerIndex)).inserted
      }
    }
  }
}

/// What the feature files of one run have in common.
private struct Origin: Hashable {
  /// The run's folder: without `features`, in which a run keeps them.
  let folder: String
  /// The run as a pattern of paths told it.
  let run: String?
  let facts: RunFacts
  /// What the file is called besides epoch and split, where the facts do not say which training it
  /// is of: features of two models in one folder are two runs.
  let stem: String
  /// Features of other sizes are of another network, whatever it is called.
  let dimensions: [Int]

  init(_ record: RunRecord) {
    var parts = (record.paths.first ?? record.name)
      .split(separator: "/", omittingEmptySubsequences: false).dropLast()
    if parts.count > 1, parts.last == "features" { parts.removeLast() }
    run = record.facts.options[NamePattern.run]?.description
    // Files that state their run by their paths are one wherever they are.
    folder = run == nil ? parts.joined(separator: "/") : ""
    facts = record.facts
    let isKnown =
      !facts.options.values.isEmpty
      || (facts.dataset != nil && facts.network != nil && facts.seed != nil)
    let path = record.paths.first ?? record.name
    let epochs = Set(record.measurements.compactMap(\.epoch)).map(String.init)
    stem =
      isKnown
      ? ""
      : FileNameFacts(path).stem.split(separator: "-").filter { !epochs.contains(String($0)) }
        .joined(separator: "-")
    dimensions = record.measurements.sorted { $0.layerIndex < $1.layerIndex }
      .map(\.report.dimension)
  }

  /// The name of the folder, as a run is called, or its path where others have that name. Where
  /// several runs share the folder, or it has no name, what the names of the files have in common
  /// besides epoch and split; `nil` where that is nothing.
  func name(among others: [Origin]) -> String? {
    if let run { return run }
    let last = folder.split(separator: "/").last
    if let last, last != ".", last != "..", others.count(where: { $0.folder == folder }) == 1 {
      let isAlone = others.count { $0.folder.split(separator: "/").last == last } == 1
      return isAlone ? String(last) : folder
    }
    let isAlone = others.count { $0.folder == folder && $0.stem == stem } == 1
    return stem.isEmpty || !isAlone ? nil : folder.isEmpty ? stem : "\(folder)/\(stem)"
  }
}
