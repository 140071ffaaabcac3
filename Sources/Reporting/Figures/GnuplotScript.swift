/// The script of a figure: it reads the CSV beside it and writes one SVG per panel.
enum GnuplotScript {
  /// The left margin of panels with a label at that axis.
  static let labelledMargin = "set lmargin 9"

  /// What every panel begins with; `reset` undoes it.
  private static let style = [
    "set datafile separator comma", "set datafile columnheaders", "set minussign",
    "set border 3 lw 0.8", "set tics nomirror out scale 0.6", "set xtics offset 0,0.35",
    "set grid back lt 1 lc \(Palette.grid.rgb) lw 0.6",
    "set title offset 0,-0.6", "set xlabel offset 0,1", "set ylabel offset 0.8,0",
    // The same at every panel, so that axes of panels above each other stand in line.
    "set lmargin 7.5", "set tmargin 2", "set rmargin 2",
    "set key bottom outside center horizontal Left reverse samplen 1.4 width -1 height 1.2 font ',12'",
  ]

  static func text(figure: String, title: String, drawing: Drawing) -> String {
    var lines = [
      "# \(title.split(whereSeparator: \.isNewline).joined(separator: " "))",
      "# Draws \(figure)-*.svg from \(figure).csv: gnuplot \(figure).gnuplot",
      "set encoding utf8",
      "data = '\(figure).csv'",
      "# The rows of each series, numbered as in the column of that name but from 1.",
    ]
    lines += Curve.rowCommands(drawing.data)
    lines += [
      "style = '\(style.joined(separator: "; ").replacing("'", with: "''"))'"
    ]
    for panel in drawing.panels {
      lines += [
        "",
        "reset",
        "set terminal svg size \(panel.size.width),\(panel.size.height) enhanced standalone "
          + "font 'sans-serif,13' background 'white'",
        "set output '\(figure)-\(panel.name).svg'",
        "eval(style)",
      ]
      lines += panel.commands
    }
    return lines.joined(separator: "\n") + "\nset output\n"
  }
}
