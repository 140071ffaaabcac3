import CollapseCore
import Files
import FoundationEssentials
import NeuralCollapse
public import Reporting

/// What `collapse analyze -o measures.csv` leaves: a tidy table, the long table of values per
/// class and per pair, and all of it as JSON, from which the next analysis knows what stands.
public struct AnalysisFile: Sendable {
  /// The table with a row per file, layer and split: `measures.csv`.
  public let table: String
  private let stem: String

  /// - Parameter path: `measures.csv` or `measures.json`, beside which the others go.
  public init(_ path: String) {
    let isJSON = path.hasSuffix(".json")
    stem =
      isJSON ? String(path.dropLast(5)) : path.hasSuffix(".csv") ? String(path.dropLast(4)) : path
    table = isJSON ? stem + ".csv" : path
  }

  /// `measures.json`.
  public var json: String { stem + ".json" }
  /// `measures.pairs.csv`.
  public var pairs: String { stem + ".pairs.csv" }

  /// The entries of an earlier analysis; none where there was none.
  ///
  /// - Throws: `FileError` when the file is not one of ours: it is not overwritten.
  public func entries() throws -> [AnalysisBatch.Entry] {
    guard FileManager.default.fileExists(atPath: json) else { return [] }
    let file = try RecordFile.read(json)
    guard file.isAnalysis else {
      throw FileError.unexpected("an analysis", found: "measures of runs", in: json)
    }
    return AnalysisFile.entries(file)
  }

  /// What ``content(_:command:)`` made a file of.
  static func entries(_ file: MeasuresFile) -> [AnalysisBatch.Entry] {
    file.report.runs.map { run in
      AnalysisBatch.Entry(path: run.name, stamp: file.stamps[run.name] ?? "", record: run)
    }
  }

  /// Writes the three files, each whole.
  ///
  /// - Parameter command: what makes them again.
  public func write(_ entries: [AnalysisBatch.Entry], command: String? = nil) throws {
    var file = AnalysisFile.content(entries, command: command)
    try AtomicFile.write(file.json.text, to: json)
    let joined = RunRecord.joining(entries.map(\.record))
    // Every file has its pairs in the table, under the name of the run it comes from.
    let names = Dictionary(
      joined.flatMap { run in run.paths.map { ($0, run.name) } }, uniquingKeysWith: { a, _ in a })
    for index in file.report.runs.indices {
      let run = file.report.runs[index]
      file.report.runs[index].name = run.paths.first.flatMap { names[$0] } ?? run.name
    }
    try AtomicFile.write(file.report.pairsText, to: pairs)
    file.report.runs = joined
    try AtomicFile.write(file.report.text(as: .csv), to: table)
  }

  /// The measures of `entries` in the one form there is, a run for each file.
  public static func content(
    _ entries: [AnalysisBatch.Entry], command: String? = nil
  ) -> MeasuresFile {
    MeasuresFile(
      StudyReport(title: "Analysis", runs: entries.map(\.record), command: command),
      stamps: Dictionary(
        entries.map { ($0.path, $0.stamp) }, uniquingKeysWith: { first, _ in first }))
  }

  /// The records to report on in JSON files of ours: a run's `measures.json`, an analysis, whose
  /// files are joined to the runs they come from, or the `measures.json` of a report, whose runs
  /// count once where their own files are given as well.
  /// - Returns: the records, and the commands that made the analyses among the files.
  public static func records(
    in paths: [String]
  ) throws -> (runs: [RunRecord], commands: [String]) {
    struct Run: Hashable {
      let name: String
      let paths: [String]
    }
    var records: [RunRecord] = []
    var reported: [RunRecord] = []
    var commands: [String] = []
    for path in paths {
      let file = try RecordFile.read(path)
      if file.isAnalysis {
        records += RunRecord.joining(file.report.runs)
        commands += [file.report.command].compactMap(\.self)
      } else if file.report.runs.count == 1, file.report.versions.isEmpty {
        records.append(try file.report.runs[0].completed(by: path))
      } else {
        reported += file.report.runs
      }
    }
    var known = Set(records.map { Run(name: $0.name, paths: $0.paths) })
    let runs =
      records + reported.filter { known.insert(Run(name: $0.name, paths: $0.paths)).inserted }
    return (runs, commands)
  }
}

extension RunRecord {
  /// The record with the curvature that lies beside its file, and the options of its run's
  /// configuration: records of the first version kept a part of them.
  fileprivate func completed(by path: String) throws -> RunRecord {
    let folder = RunFolder(path: path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ".")
    var record = self
    try record.addCurvature(in: folder)
    guard facts.options.values.isEmpty,
      FileManager.default.fileExists(atPath: folder.configuration),
      let configuration = try? Settings(file: folder.configuration).runConfiguration(),
      let options = try? RunFacts.options(of: configuration)
    else { return record }
    record.facts.options = options
    return record
  }
}
