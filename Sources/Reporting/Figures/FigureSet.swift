import CollapseCore
import Files
import Foundation

/// A figure as it is drawn, or why it is left out.
struct NamedDrawing: Sendable {
  var name: String
  var title: String
  var drawing: Drawing?
  var absence: String?
}

/// The figures of a study as files, and as they stand in the page.
struct FigureSet {
  /// A figure in the page.
  struct Entry: Sendable {
    var name: String
    var title: String
    var drawing: Drawing
    /// Inline SVG, one per panel; empty where it could not be drawn.
    var pictures: [String]
    /// Why there are no pictures.
    var problem: String?
  }

  var entries: [Entry] = []
  /// The kinds left out, with the reason.
  var absent: [(title: String, reason: String)] = []
  /// The files written, relative to the report's folder.
  var paths: [String] = []

  /// Draws every kind of figure that `study` has data for into `folder/figures`.
  ///
  /// Without gnuplot, or where it fails, scripts and data are written all the same.
  init(of study: Study, in folder: String, gnuplot: Gnuplot?, threads: Int) throws {
    let drawings = FigureCatalog.figures(for: study).map { figure in
      do throws(AbsentFigure) {
        let drawing = try figure.drawing(of: study)
        return NamedDrawing(name: figure.name, title: figure.title, drawing: drawing)
      } catch {
        return NamedDrawing(name: figure.name, title: figure.title, absence: error.reason)
      }
    }
    try self.init(of: drawings, in: folder, gnuplot: gnuplot, threads: threads)
  }

  /// Draws what is given into `folder/figures`.
  init(of drawings: [NamedDrawing], in folder: String, gnuplot: Gnuplot?, threads: Int) throws {
    let figures = folder + "/figures"
    try Folder.make(folder)
    try Folder.make(figures)
    for figure in drawings {
      if let drawing = figure.drawing {
        entries.append(
          Entry(name: figure.name, title: figure.title, drawing: drawing, pictures: []))
      } else {
        absent.append((figure.title, figure.absence ?? ""))
      }
    }
    let planned = entries
    let drawn = try Parallel.map(planned.count, threads: threads) { index in
      try Self.drawn(planned[index], in: figures, gnuplot)
    }
    entries = drawn.map(\.entry)
    paths = drawn.flatMap(\.paths)
    try removeOthers(in: figures)
  }

  private static func drawn(
    _ planned: Entry, in folder: String, _ gnuplot: Gnuplot?
  ) throws -> (entry: Entry, paths: [String]) {
    var entry = planned
    var paths: [String] = []
    let script = GnuplotScript.text(
      figure: entry.name, title: entry.title, drawing: entry.drawing)
    let sources = [
      ("\(entry.name).csv", entry.drawing.data.onOneLineEach.csv),
      ("\(entry.name).gnuplot", script),
    ]
    for (name, text) in sources {
      try AtomicFile.write(text, to: "\(folder)/\(name)")
      paths.append("figures/\(name)")
    }
    guard let gnuplot else {
      entry.problem = "Figures need gnuplot, which was not found: \(Gnuplot.installation)."
      return (entry, paths)
    }
    // gnuplot writes as it goes: a folder of its own, so that no half-drawn picture is seen.
    let workshop = "\(folder)/.drawing-\(UUID().uuidString)"
    try Folder.make(workshop)
    defer { try? FileManager.default.removeItem(atPath: workshop) }
    for (name, text) in sources { try AtomicFile.write(text, to: "\(workshop)/\(name)") }
    do {
      try gnuplot.run("\(entry.name).gnuplot", in: workshop)
    } catch let failure as Gnuplot.Failure {
      entry.problem = "gnuplot could not draw this figure: \(failure.message)"
      return (entry, paths)
    }
    for panel in entry.drawing.panels {
      let name = "\(entry.name)-\(panel.name).svg"
      let svg = String(decoding: try FileContents.read("\(workshop)/\(name)"), as: UTF8.self)
      try AtomicFile.write(svg, to: "\(folder)/\(name)")
      paths.append("figures/\(name)")
      if let picture = InlineSVG.text(
        svg, name: "\(entry.name)-\(panel.name)", description: panel.description,
        inks: panel.isColourMap ? Palette.apart : Palette.all)
      {
        entry.pictures.append(picture)
      } else {
        entry.problem = "figures/\(name) is not gnuplot's kind of SVG and is not shown here."
      }
    }
    return (entry, paths)
  }

  /// Takes away what an earlier report drew and this one does not; other files stay.
  private func removeOthers(in folder: String) throws {
    let kept = Set(paths.map { String($0.dropFirst("figures/".count)) })
    let names = try FolderContents(folder).files
    // A script of ours says by its second line which figure it draws.
    let kinds = names.filter { $0.hasSuffix(".gnuplot") }.compactMap { name -> String? in
      let kind = String(name.dropLast(".gnuplot".count))
      let text = (try? FileContents.read("\(folder)/\(name)")).map {
        String(decoding: $0.prefix(4096), as: UTF8.self)
      }
      return text?.contains("# Draws \(kind)-*.svg from \(kind).csv") == true ? kind : nil
    }
    for name in names where !kept.contains(name) {
      let isOurs = kinds.contains { kind in
        name == "\(kind).csv" || name == "\(kind).gnuplot"
          || (name.hasPrefix("\(kind)-") && name.hasSuffix(".svg"))
      }
      if isOurs { try AtomicFile.remove("\(folder)/\(name)") }
    }
  }
}

extension Table {
  /// The table for gnuplot, to which a line is a row, whatever stands in quotes.
  fileprivate var onOneLineEach: Table {
    var table = self
    for row in rows.indices {
      for column in rows[row].indices {
        guard case .text(let text) = rows[row][column], text.contains(where: \.isNewline) else {
          continue
        }
        table.rows[row][column] = .text(
          text.split(whereSeparator: \.isNewline).joined(separator: " "))
      }
    }
    return table
  }
}
