/// A form of the tables alone.
public enum TableFormat: String, Sendable, Hashable, CaseIterable, Codable {
  /// GitHub Markdown: settings, claims of papers, and runs.
  case markdown
  /// A row per run, epoch, layer and split, a column per measure.
  case csv
  /// The same rows as an array of objects.
  case json
  /// Tables for `booktabs`: settings and runs.
  case latex
}

/// A column was asked for that no table of the format has.
public struct UnknownColumn: Error, Hashable {
  public let name: String
  /// Those there are.
  public let known: [String]
}

extension StudyReport {
  /// The tables of the report as text.
  public func text(as format: TableFormat) -> String {
    // Without a choice of columns none is unknown.
    try! text(as: format, columns: nil)
  }

  /// The tables of the report with the columns named, in that order: those that have all of them,
  /// else those that have some. The table of runs has every measure.
  ///
  /// - Throws: ``UnknownColumn`` for a name that no table has.
  public func text(as format: TableFormat, columns: [String]?) throws(UnknownColumn) -> String {
    let study = Study(self)
    let tables =
      switch format {
      case .markdown, .latex:
        [study.settingsTable, study.runsTable(with: columns ?? [])]
          + [study.curvatureTable].compactMap(\.self)
      case .csv, .json: [study.measuresTable]
      }
    var chosen = tables
    if let columns {
      let known = tables.flatMap { $0.columns.map(\.key) }.uniqued()
      for name in columns where !known.contains(name) {
        throw UnknownColumn(name: name, known: known)
      }
      let selected = tables.map { $0.selecting(columns) }.filter { !$0.columns.isEmpty }
      let complete = selected.filter { $0.columns.count == columns.uniqued().count }
      chosen = complete.isEmpty ? selected : complete
    }
    switch format {
    case .markdown:
      var parts = chosen.map(\.markdown)
      if columns == nil { parts.insert(study.claimsMarkdown, at: 1) }
      return parts.joined(separator: "\n")
    case .latex: return Table.latexPackages + chosen.map(\.latex).joined(separator: "\n")
    case .csv: return chosen.map(\.csv).joined()
    case .json: return chosen.map(\.json).joined()
    }
  }

  /// The long table of values per class and per pair of classes, as CSV.
  public var pairsText: String { Study(self).pairsCSV }

  /// A narrow table for a terminal: a line per run with accuracies and headline measures, and the
  /// values of perfect collapse as the last line.
  public var terminalText: String { Study(self).terminalTable.plainText }
}
