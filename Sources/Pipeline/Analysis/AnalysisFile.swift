import CollapseCore
import Files
import FoundationEssentials
public import Reporting

/// What `collapse analyze -o measures.csv` leaves: a tidy table, the long table of values per
/// class and per pair, and all of it as JSON, from which the next analysis knows what stands.
public struct AnalysisFile: Sendable {
  /// The table with a row per file, layer and split: `measures.csv`.
  public let table: String

  public init(table: String) { self.table = table }

  /// `measures.json`.
  public var json: String { stem + ".json" }
  /// `measures.pairs.csv`.
  public var pairs: String { stem + ".pairs.csv" }

  private var stem: String { table.hasSuffix(".csv") ? String(table.dropLast(4)) : table }

  private struct Content: Codable {
    static let format = "collapse-analysis"
    static let currentVersion = 1
    var format = Content.format
    var version = Content.currentVersion
    var files: [AnalysisBatch.Entry]
  }

  /// The entries of an earlier analysis; none where there was none.
  ///
  /// - Throws: `FileError` when the file is not one of ours: it is not overwritten.
  public func entries() throws -> [AnalysisBatch.Entry] {
    guard FileManager.default.fileExists(atPath: json) else { return [] }
    return try AnalysisFile.entries(in: json)
  }

  static func entries(in path: String) throws -> [AnalysisBatch.Entry] {
    let bytes = try FileContents.read(path)
    do {
      let content = try JSONDecoder().decode(Content.self, from: Data(bytes))
      guard content.format == Content.format, content.version <= Content.currentVersion else {
        throw FileError(
          kind: .badInput, operation: "read", path: path,
          reason: "expected \(Content.format) up to version \(Content.currentVersion), found "
            + "\(content.format) version \(content.version)")
      }
      return content.files
    } catch let error as DecodingError {
      throw FileError.unexpected("an analysis", found: error.found(in: bytes), in: path)
    }
  }

  /// Writes the three files, each whole.
  public func write(_ entries: [AnalysisBatch.Entry]) throws {
    let report = StudyReport(title: "Analysis", runs: entries.map(\.record))
    try AtomicFile.write(
      try JSONText.compact(Content(files: entries)) + "\n", to: json)
    try AtomicFile.write(report.pairsText, to: pairs)
    try AtomicFile.write(report.text(as: .csv), to: table)
  }

  /// The records to report on in JSON files of ours: a run's `measures.json`, an analysis, whose
  /// files are joined to the runs they come from, or the `measures.json` of a report, whose runs count once where their own files are given as well.
  public static func records(in paths: [String]) throws -> [RunRecord] {
    struct Run: Hashable {
      let name: String
      let paths: [String]
    }
    var records: [RunRecord] = []
    var reported: [RunRecord] = []
    for path in paths {
      switch try RecordFile(path) {
      case .run(let record): records.append(record)
      case .analysis(let entries): records += RunRecord.joining(entries)
      case .report(let report): reported += report.runs
      }
    }
    var known = Set(records.map { Run(name: $0.name, paths: $0.paths) })
    return records
      + reported.filter { known.insert(Run(name: $0.name, paths: $0.paths)).inserted }
  }
}
