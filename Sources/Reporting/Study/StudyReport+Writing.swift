public import CollapseCore
import Files
import NeuralCollapse

extension StudyReport {
  /// Writes the report into `folder`, which is made where it is missing: `index.html`, a page that
  /// opens without a network; `figures/` with SVG, gnuplot script and CSV of each figure;
  /// `measures.csv`, `pairs.csv` and `measures.json`; `claims.md`, what the runs say of the paper's
  /// claims.
  ///
  /// Each file is replaced as a whole. Where gnuplot is missing the page says what to install in
  /// the place of figures; their scripts and data are written all the same.
  ///
  /// - Parameters:
  ///   - gnuplot: what draws the figures.
  ///   - threads: how many figures are drawn at a time; by default one per processor.
  /// - Returns: the paths written, the page first.
  /// - Throws: `FileError` where a file cannot be written.
  @discardableResult
  public func write(
    to folder: String, gnuplot: Gnuplot? = .installed,
    threads: Int? = nil
  ) throws -> [String] {
    let study = Study(self)
    let folder = folder.withoutTrailingSlashes
    let figures = try FigureSet(
      of: study, in: folder, gnuplot: gnuplot,
      threads: threads ?? Processors.count)
    let files = [
      ("index.html", try Page(study: study, figures: figures).html()),
      ("measures.csv", study.measuresTable.csv), ("pairs.csv", study.pairsCSV),
      ("claims.md", study.claimsMarkdown),
      ("measures.json", shortJSON.text),
    ]
    for (name, text) in files { try AtomicFile.write(text, to: "\(folder)/\(name)") }
    return (files.map(\.0) + figures.paths).map { "\(folder)/\($0)" }
  }

  /// The report as JSON, which ``MeasuresFile`` reads back.
  ///
  /// Values per class and per pair, and series such as the spectrum, are kept for the last epoch
  /// measured of every run only; so are projections left out, which stand in a figure's CSV.
  public var shortJSON: OrderedJSON {
    var short = self
    for index in short.runs.indices {
      let last = short.runs[index].measurements.compactMap(\.epoch).max()
      short.runs[index].projection = nil
      for place in short.runs[index].measurements.indices
      where short.runs[index].measurements[place].epoch != last {
        short.runs[index].measurements[place].report.perClass = [:]
        short.runs[index].measurements[place].report.perPair = [:]
        short.runs[index].measurements[place].report.extremePairs = [:]
        short.runs[index].measurements[place].report.series = [:]
      }
    }
    return MeasuresFile(short).json
  }
}

extension String {
  /// `report` for `report/`; the root stays.
  fileprivate var withoutTrailingSlashes: String {
    let end = lastIndex { $0 != "/" }
    return end.map { String(self[...$0]) } ?? self
  }
}
