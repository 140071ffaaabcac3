import Arrays
public import CollapseCore
public import FeatureStore
import Files
import NeuralCollapse
import Reporting

/// An analysis by several processes that were started together.
extension AnalysisBatch {
  /// Analyzes `sets` with all ranks: one set together, each passing over a part of its rows; of several
  /// sets each its share.
  ///
  /// - Parameters:
  ///   - share: of a process alone, those of the sets that are measured.
  ///   - earlier: entries of an earlier analysis; those of files that have not changed stand.
  ///   - onSet: is told each set that this rank did.
  /// - Returns: on rank 0, as ``run(_:share:earlier:interruption:onSet:)`` has it; `nil` on the others.
  /// - Throws: `RankFailure` where ranks agree that they cannot go on; any other error on the rank that
  ///   cannot.
  public func run(
    _ sets: [FeatureSource], share: SetShare = .all, earlier: [Entry] = [],
    over ranks: any Communicator, interruption: Interruption = Interruption(),
    onSet: @Sendable (FeatureSource) -> Void = { _ in }
  ) throws -> Outcome? {
    guard ranks.size > 1 else {
      return try run(
        sets, share: share, earlier: earlier, interruption: interruption, onSet: onSet)
    }
    precondition(share == .all, "ranks have shares of their own")
    try ranks.agree(sets.map(\.paths), orThrow: "files")
    guard sets.count == 1 else {
      return try divide(
        sets, earlier: earlier, over: ranks, interruption: interruption, onSet: onSet)
    }
    do {
      return try measure(sets[0], earlier: earlier, over: ranks, interruption)
    } catch let failure as RankFailure {
      throw failure.explaining { Failure(sets[0], $0) }
    } catch let interruption as WorkInterrupted {
      throw interruption
    } catch {
      throw Failure(sets[0], error)
    }
  }

  // MARK: - One set by all

  private func measure(
    _ set: FeatureSource, earlier: [Entry], over ranks: any Communicator,
    _ interruption: Interruption
  ) throws -> Outcome? {
    let analysis = analysis(forSets: 1, interruption)
    try ranks.together {
      if analysis.isUnlabelled {
        throw PartialSumsError.takesAllRows("what is measured without labels")
      }
      if analysis.isRegression { throw PartialSumsError.takesAllRows("regression") }
    }
    let references = try References(self, analysis, sets: [set], over: ranks)
    let open = try open(set, references, over: ranks)
    let features = try ranks.together { try matched(open, references) }
    try ranks.agree(open.stamp, orThrow: "files, or options,")
    let known = earlier.last { $0.path == set.name && $0.stamp == open.stamp }
    // Whatever the others find beside theirs.
    if try ranks.gather(known != nil)[0] {
      return known.map { Outcome(entries: [$0], failures: [], reused: 1, remaining: 0) }
    }
    let entry = try measure(open, features, analysis, references) { analyzer, layer, rows in
      try analyzer.analyze(rows, classifier: layer.classifier, over: ranks)
    }
    return ranks.rank == 0
      ? Outcome(entries: [entry], failures: [], reused: 0, remaining: 0) : nil
  }

  // MARK: - Several sets, a share each

  private func divide(
    _ sets: [FeatureSource], earlier: [Entry], over ranks: any Communicator,
    interruption: Interruption, onSet: @Sendable (FeatureSource) -> Void
  ) throws -> Outcome? {
    let mine = SetShare(ranks.rank, of: ranks.size)(sets)
    let analysis = analysis(forSets: mine.count, interruption)
    let references = try ranks.together { try References(self, analysis, sets: sets) }
    let outcome = try run(mine, analysis, references, earlier: earlier, onSet: onSet)
    let shares = try ranks.gather(Share(outcome))
    return try ranks.together {
      guard ranks.rank == 0 else { return nil }
      return try Outcome(shares, in: sets.map(\.name))
    }
  }

  /// What a rank did of several sets, as it goes to rank 0.
  fileprivate struct Share: Codable {
    struct Failed: Codable {
      let path: String
      let message: String
      let kind: FailureKind
      let choice: String?
    }

    /// As an analysis keeps it, for the next to go on from.
    let entries: String
    let failures: [Failed]
    let reused: Int
    let remaining: Int

    init(_ outcome: Outcome) {
      entries = AnalysisFile.content(outcome.entries).json.text
      failures = outcome.failures.map {
        Failed(path: $0.path, message: $0.message, kind: $0.kind, choice: $0.choice?.name)
      }
      (reused, remaining) = (outcome.reused, outcome.remaining)
    }
  }
}

extension AnalysisBatch.Outcome {
  /// All shares, in the order of the sets.
  fileprivate init(_ shares: [AnalysisBatch.Share], in names: [String]) throws {
    let places = Dictionary(
      names.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { a, _ in a })
    self.init(
      entries: try shares.flatMap {
        try AnalysisFile.entries(MeasuresFile(json: Array($0.entries.utf8)))
      }.sorted { places[$0.path]! < places[$1.path]! },
      failures: shares.flatMap(\.failures).map {
        AnalysisBatch.Failure(
          path: $0.path, message: $0.message, kind: $0.kind,
          choice: $0.choice.map(MissingChoice.init))
      }.sorted { places[$0.path]! < places[$1.path]! },
      reused: shares.map(\.reused).reduce(0, +),
      remaining: shares.map(\.remaining).reduce(0, +))
  }
}

extension Communicator {
  /// Goes on where all ranks have been given the same.
  fileprivate func agree<Value: Codable & Equatable>(
    _ value: Value, orThrow what: String
  ) throws {
    let first = try gather(value)[0]
    try together {
      guard value == first else { throw RanksDiffer(rank: rank, what: what) }
    }
  }
}

/// Ranks that were not given the same analysis.
public struct RanksDiffer: ClassifiedError, Hashable {
  public let rank: Int
  let what: String

  public var kind: FailureKind { .usage }
  public var description: String {
    "rank \(rank) was given other \(what) than rank 0: ranks that are started together do one analysis"
  }
}
