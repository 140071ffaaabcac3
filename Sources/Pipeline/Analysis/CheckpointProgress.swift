import CollapseCore
import Networks
import Synchronization

/// How far a batch of checkpoints has come, for the threads that measure them.
///
/// What was measured before stands until its turn comes: a process that is killed loses nothing.
final class CheckpointProgress: Sendable {
  private struct State {
    var entries: [String: AnalysisBatch.Entry] = [:]
    var failures: [String: AnalysisBatch.Failure] = [:]
    var reused = 0
  }

  private let paths: [String]
  private let earlier: [String: AnalysisBatch.Entry]
  private let state = Mutex(State())

  init(_ paths: [String], earlier: [AnalysisBatch.Entry]) {
    self.paths = paths
    self.earlier = Dictionary(earlier.map { ($0.path, $0) }, uniquingKeysWith: { _, b in b })
  }

  /// Takes the entry of an earlier batch, where the file and the options are those of then.
  func reuse(_ path: String, _ stamp: String) -> Bool {
    guard let entry = earlier[path], entry.stamp == stamp else { return false }
    state.withLock {
      $0.entries[path] = entry
      $0.reused += 1
    }
    return true
  }

  /// Adds what was measured and tells of all entries so far, in the order of the paths.
  func add(
    _ entry: AnalysisBatch.Entry, telling body: ([AnalysisBatch.Entry]) throws -> Void
  ) throws {
    try state.withLock {
      $0.entries[entry.path] = entry
      $0.failures[entry.path] = nil
      try body(entries(in: $0))
    }
  }

  /// The same of a checkpoint that cannot be measured.
  func refuse(
    _ path: String, _ error: any Error, telling body: ([AnalysisBatch.Entry]) throws -> Void
  ) throws {
    try state.withLock {
      $0.failures[path] = AnalysisBatch.Failure(path, error)
      try body(entries(in: $0))
    }
  }

  /// Calls `body` while no other thread tells of anything.
  func tell(_ body: () throws -> Void) throws { try state.withLock { _ in try body() } }

  /// Checkpoints that could not be measured, in the order of the paths.
  var refused: [String] { state.withLock { state in paths.filter { state.failures[$0] != nil } } }

  var outcome: AnalysisBatch.Outcome {
    state.withLock { state in
      AnalysisBatch.Outcome(
        entries: entries(in: state), failures: paths.compactMap { state.failures[$0] },
        reused: state.reused,
        remaining: paths.count { state.entries[$0] == nil && state.failures[$0] == nil })
    }
  }

  private func entries(in state: State) -> [AnalysisBatch.Entry] {
    paths.compactMap {
      state.entries[$0] ?? (state.failures[$0] == nil ? earlier[$0] : nil)
    }
  }
}

extension AnalysisBatch.Failure {
  /// The failure of a file that is no set of features.
  fileprivate init(_ path: String, _ error: any Error) {
    let text = "\(error)"
    self.init(
      path: path, message: text.contains(path) ? text : "\(path): \(text)",
      kind: (error as? any ClassifiedError)?.kind ?? .internalFailure,
      choice: (error as? NetworkError)?.choice)
  }
}
