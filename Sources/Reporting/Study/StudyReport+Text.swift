/// A form of the tables alone.
public enum TableFormat: String, Sendable, Hashable, CaseIterable, Codable {
  /// GitHub Markdown: settings, the paper's claims, and runs.
  case markdown
  /// A row per run, epoch, layer and split, a column per measure.
  case csv
  /// The same rows as an array of objects.
  case json
  /// Tables for `booktabs`: settings and runs.
  case latex
}

extension StudyReport {
  /// The tables of the report as text.
  public func text(as format: TableFormat) -> String {
    let study = Study(self)
    switch format {
    case .markdown:
      return study.settingsTable.markdown + "\n" + study.claimsMarkdown + "\n"
        + study.runsTable.markdown
    case .latex: return study.settingsTable.latex + "\n" + study.runsTable.latex
    case .csv: return study.measuresTable.csv
    case .json: return study.measuresTable.json
    }
  }

  /// The long table of values per class and per pair of classes, as CSV.
  public var pairsText: String { Study(self).pairsCSV }

  /// A narrow table for a terminal: a line per run with accuracies and headline measures, and the
  /// values of perfect collapse as the last line.
  public var terminalText: String { Study(self).terminalTable.plainText }
}
