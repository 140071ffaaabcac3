import CollapseCore
import FeatureStore
import Files
import LibC
import NeuralCollapse
import Pipeline
import Synchronization

/// One `collapse analyze`: the files its patterns name, measured once or whenever they change.
struct AnalysisSession {
  let patterns: [PathPattern]
  /// Whether all files are shards of one set.
  let isOneSet: Bool
  /// The files of labels, where features and labels are in files of their own.
  let labels: PathPattern?
  /// Those of the files that are measured, and what stands.
  let share: ShareArguments
  var batch: AnalysisBatch
  var file: AnalysisFile?
  /// What the user typed, for who wants to repeat it.
  var command: String

  /// Measures what is there, with other ranks where there are.
  ///
  /// - Returns: what rank 0 has of all; `nil` on the others.
  /// - Throws: `Interrupted` when the user asked for it, after what was measured is written.
  func analyze(over ranks: any Communicator) throws -> AnalysisBatch.Outcome? {
    let (sets, earlier) = try ranks.together {
      let sets = try self.allSets()
      // A place that cannot be written to is found before hours of measuring.
      if let file, ranks.rank == 0 { _ = try PendingFile(file.json) }
      return (sets, try share.entries(file))
    }
    let done = Atomic(0)
    // Where several have a share each, the first speaks of its own.
    let count =
      ranks.size == 1 ? share.files(sets).count : (sets.count + ranks.size - 1) / ranks.size
    let outcome = try batch.run(
      sets, share: share.files, earlier: earlier, over: ranks, interruption: .shared
    ) { set in
      let number = done.wrappingAdd(1, ordering: .relaxed).newValue
      if sets.count > 1 {
        let share = ranks.size == 1 ? "" : " of rank \(ranks.rank)"
        Terminal.shared.progress(
          "\(number)/\(count)\(share) \(set.name)", isLast: number == count)
      }
    }
    Terminal.shared.endProgress()
    try ranks.together {
      if let outcome { try write(outcome) }
    }
    if let outcome, outcome.remaining > 0 {
      let saved = file == nil ? "" : "; the same command goes on"
      throw Interrupted(
        message: "stopped, \(outcome.remaining) of \(sets.count) files not measured" + saved)
    }
    return outcome
  }

  /// The sets that the patterns name, at least one for each.
  func allSets() throws -> [FeatureSource] {
    for pattern in patterns where pattern.isPattern && pattern.matches().isEmpty {
      throw FileError(
        kind: .missingInput, operation: "analyze", path: pattern.text, reason: "no file matches")
    }
    return try sets { _ in true }
  }

  /// Sums up a part of the rows, for `merge`.
  ///
  /// - Parameter arguments: what is not of the part.
  func sumUp(
    _ part: AnalysisPart, to path: String, after first: [PartialFile], _ arguments: [String]
  ) throws {
    // A place that cannot be written to is found before hours of summing up.
    _ = try PendingFile(path)
    let sums = try batch.partial(
      of: set(to: "sum up"), part, after: first, arguments: arguments, to: path,
      interruption: .shared)
    try sums.write()
    Terminal.shared.note(
      "part \(part.index + 1) of \(part.count), \(first.isEmpty ? "first" : "second") pass → \(path)"
    )
  }

  /// The measures of parts that are summed up.
  func merge(_ files: [PartialFile]) throws -> AnalysisBatch.Outcome {
    if let file { _ = try PendingFile(file.json) }
    let outcome = try batch.merged(set(to: "merge"), files, interruption: .shared)
    try write(outcome)
    return outcome
  }

  /// The only set.
  private func set(to operation: String) throws -> FeatureSource {
    guard let set = try sets(where: { _ in true }).first else {
      throw FileError(
        kind: .missingInput, operation: operation,
        path: patterns.map(\.text).joined(separator: " "),
        reason: "no file matches")
    }
    return set
  }

  /// Measures what is there, then whatever another program finishes writing, until interrupted.
  func watch() throws -> Never {
    Terminal.shared.note("watching; Ctrl-C ends")
    var earlier = try file?.entries() ?? []
    var reported: Set<String> = []
    while !Interruption.shared.isRequested {
      let sets = try sets { FeatureSource($0).isComplete }
      let outcome = try batch.run(sets, earlier: earlier, interruption: .shared)
      if outcome.reused < outcome.entries.count || outcome.entries.count != earlier.count {
        try write(outcome)
      }
      for failure in outcome.failures where reported.insert(failure.message).inserted {
        Terminal.shared.error(failure.message)
      }
      earlier = outcome.entries
      for _ in 0..<20 where !Interruption.shared.isRequested { usleep(100_000) }
    }
    throw Interrupted(message: "stopped watching, \(earlier.count) files measured")
  }

  private func sets(where isWanted: (String) -> Bool) throws -> [FeatureSource] {
    var seen: Set<String> = []
    let paths = patterns.flatMap { $0.matches() }.filter {
      seen.insert($0).inserted && isWanted($0)
    }
    var labelsFiles: [String] = []
    if let labels, labels.isPattern {
      labelsFiles = try FilePairs(patterns, paths, with: labels).partners
    }
    guard isOneSet else {
      return paths.indices.map {
        FeatureSource(paths[$0], labelsFile: labelsFiles.isEmpty ? nil : labelsFiles[$0])
      }
    }
    let name = patterns.map(\.text).joined(separator: " ")
    return paths.isEmpty
      ? [] : [FeatureSource(name: name, shards: paths, labelsFiles: labelsFiles)]
  }

  /// Writes the tables, unless nothing could be measured: then nothing is under their names.
  private func write(_ outcome: AnalysisBatch.Outcome) throws {
    guard let file, !outcome.entries.isEmpty else { return }
    try file.write(outcome.entries, command: command)
    let reused = outcome.reused > 0 ? ", \(outcome.reused) unchanged" : ""
    Terminal.shared.note("\(Counted.text(outcome.entries.count, "file")) → \(file.table)\(reused)")
  }
}
