public import CollapseCore

/// The runs of a pipeline with what each has to do, and what all of them will take.
public struct Plan: Sendable {
  public let runs: [PlannedRun]
  public let concurrency: Concurrency
  public let disk: DiskSpace
  let runsFolder: String

  /// Something that keeps runs from going on.
  public struct Problem: Sendable, Hashable, Encodable {
    public let kind: FailureKind
    /// The message a run would end with.
    public let message: String
    /// The runs it concerns; empty where it concerns them all.
    public internal(set) var runs: [String]

    init(_ error: any Error, runs: [String]) {
      kind = (error as? any ClassifiedError)?.kind ?? .internalFailure
      message = "\(error)"
      self.runs = runs
    }
  }

  /// Everything that keeps runs from going on, each fault told once.
  public var problems: [Problem] {
    var problems: [Problem] = []
    for run in runs {
      if let error = run.problem { problems.add(Problem(error, runs: [run.label])) }
    }
    do {
      try disk.check(for: runsFolder)
    } catch {
      problems.append(Problem(error, runs: []))
    }
    return problems
  }
}

extension [Plan.Problem] {
  /// Adds a problem, or the runs it concerns to those of the same.
  mutating func add(_ problem: Plan.Problem) {
    if let place = firstIndex(where: { $0.message == problem.message }) {
      self[place].runs += problem.runs
    } else {
      append(problem)
    }
  }
}

/// A point of the grid as it stands before it begins.
public struct PlannedRun: Sendable {
  /// The place of the point in the product of the grid, from 1: it stays the same whatever of the
  /// pipeline is done.
  public let number: Int
  /// The name of its folder; the values of the grid where its data is missing.
  public let name: String
  public let gridValues: [(field: String, value: String)]
  public let configuration: RunConfiguration
  /// `nil` where its data is missing, which is a part of its name.
  public let folder: RunFolder?
  /// What its training is; `nil` where its data is missing.
  let key: StageKey?
  /// What it takes from beginning to end; `nil` when its network cannot take the samples.
  public let estimate: ResourceEstimate?
  /// The stages with something to do; `nil` when the folder is damaged, or its data is missing.
  public let due: Set<Stage>?
  /// What keeps it from going on: missing data, a damaged folder, or a network that cannot take the
  /// samples.
  var problem: (any Error)?
  /// What is known of its data.
  let data: DataFacts?

  /// What problems call it: its values on the grid.
  var label: String { PlannedRun.label(gridValues) }

  static func label(_ gridValues: [(field: String, value: String)]) -> String {
    let values = gridValues.map { "\($0.field)=\($0.value)" }.joined(separator: " ")
    return values.isEmpty ? "the run" : values
  }
}

extension Plan {
  /// The places of the runs, those of one data set together, else in the order of the grid.
  var orderByData: [Int] {
    var groups: [[Int]] = []
    var places: [DatasetConfiguration: Int] = [:]
    for (index, run) in runs.enumerated() {
      if let place = places[run.configuration.dataset] {
        groups[place].append(index)
      } else {
        places[run.configuration.dataset] = groups.count
        groups.append([index])
      }
    }
    return groups.flatMap(\.self)
  }
}
