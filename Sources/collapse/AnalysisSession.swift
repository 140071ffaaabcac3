import FeatureStore
import Files
import Pipeline
import Synchronization
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// One `collapse analyze`: the files its patterns name, measured once or whenever they change.
struct AnalysisSession {
  let patterns: [PathPattern]
  let batch: AnalysisBatch
  let file: AnalysisFile?

  /// Seconds between two looks for new files.
  private static let watchInterval: UInt32 = 2

  func analyze() throws -> AnalysisBatch.Outcome {
    try analyze(paths(), earlier: try file?.entries() ?? [])
  }

  /// Measures what is there, then whatever another program finishes writing.
  func watch() throws {
    Terminal.shared.note("watching; Ctrl-C ends")
    var earlier = try file?.entries() ?? []
    var reported: Set<String> = []
    while true {
      let paths = paths().filter { FeatureFile.isComplete($0) }
      let outcome = try batch.run(paths, earlier: earlier)
      if outcome.reused < outcome.entries.count || outcome.entries.count != earlier.count {
        try file?.write(outcome.entries)
        Terminal.shared.note("\(outcome.entries.count) files measured")
      }
      for failure in outcome.failures where reported.insert(failure.message).inserted {
        Terminal.shared.message("error: \(failure.message)")
      }
      earlier = outcome.entries
      sleep(AnalysisSession.watchInterval)
    }
  }

  private func paths() -> [String] {
    var seen: Set<String> = []
    return patterns.flatMap { $0.matches() }.filter { seen.insert($0).inserted }
  }

  private func analyze(
    _ paths: [String], earlier: [AnalysisBatch.Entry]
  ) throws -> AnalysisBatch.Outcome {
    for pattern in patterns where pattern.hasWildcards && pattern.matches().isEmpty {
      throw FileError(
        kind: .missingInput, operation: "analyze", path: pattern.text, reason: "no file matches")
    }
    let done = Atomic(0)
    let outcome = try batch.run(paths, earlier: earlier) { path, failure in
      let count = done.wrappingAdd(1, ordering: .relaxed).newValue
      if paths.count > 1 {
        Terminal.shared.progress("\(count)/\(paths.count) \(path)", isLast: count == paths.count)
      }
    }
    Terminal.shared.endProgress()
    if let file {
      try file.write(outcome.entries)
      let reused = outcome.reused > 0 ? ", \(outcome.reused) unchanged" : ""
      Terminal.shared.note("\(outcome.entries.count) files → \(file.table)\(reused)")
    }
    return outcome
  }
}
