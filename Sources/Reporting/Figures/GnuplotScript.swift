/// The script of a figure: it reads the CSV beside it and writes one picture per panel.
enum GnuplotScript {
  /// The left margin of panels with a label at that axis.
  static let labelledMargin = "set lmargin 9"

  /// The sizes of text beside that of axes, as variables of the script.
  enum Font: String {
    /// Titles and keys.
    case small
    /// Names along an axis.
    case tiny
    /// Numbers within cells.
    case minute
  }

  /// What every panel begins with; `reset` undoes it.
  private static let style = [
    "set datafile separator comma", "set datafile columnheaders", "set minussign",
    "set border 3 lw 0.8", "set tics nomirror out scale 0.6", "set xtics offset 0,0.35",
    "set grid back lt 1 lc \(Palette.grid.rgb) lw 0.6",
    "set title offset 0,-0.6 font small", "set xlabel offset 0,1", "set ylabel offset 0.8,0",
    // The same at every panel, so that axes of panels above each other stand in line.
    "set lmargin 7.5", "set tmargin 2", "set rmargin 2",
    "set key bottom outside center horizontal Left reverse samplen 1.4 width -1 height 1.2 "
      + "font small",
  ]

  /// What a user sets to draw for a paper: the terminal, the kind of file, the size and the font of
  /// all panels.
  private static let settings = [
    "if (!exists('terminal')) terminal = \"svg enhanced standalone background 'white'\"",
    "if (!exists('extension')) extension = 'svg'",
    "if (!exists('scale')) scale = 1.0  # of 96 pixels to the inch",
    "if (!exists('typeface')) typeface = 'sans-serif'",
    "if (!exists('fontsize')) fontsize = 13.0",
    "small = sprintf(',%g', fontsize * 12 / 13)",
    "tiny = sprintf(',%g', fontsize * 10 / 13)",
    "minute = sprintf(',%g', fontsize * 8 / 13)",
  ]

  static func text(figure: String, title: String, drawing: Drawing) -> String {
    var lines = [
      "# \(title.split(whereSeparator: \.isNewline).joined(separator: " "))",
      "# Draws \(figure)-*.svg from \(figure).csv: gnuplot \(figure).gnuplot",
      "# For a paper: gnuplot -e \"terminal = 'pdfcairo enhanced'; extension = 'pdf'; "
        + "scale = 1.0/96; fontsize = 9\" \(figure).gnuplot",
      "set encoding utf8",
    ]
    lines += settings
    lines += [
      "data = '\(figure).csv'", "set datafile separator comma", "set datafile columnheaders",
    ]
    lines += Curve.rowCommands
    lines += [
      "style = '\(style.joined(separator: "; ").replacing("'", with: "''"))'",
      "panel(name, width, height) = sprintf(\"set terminal %s size %g,%g font '%s,%g'; "
        + "set output '\(figure)-%s.%s'; \", terminal, scale * width, scale * height, typeface, "
        + "fontsize, name, extension) . style",
    ]
    for panel in drawing.panels {
      lines += [
        "", "reset", "eval(panel('\(panel.name)', \(panel.size.width), \(panel.size.height)))",
      ]
      lines += panel.commands
    }
    return lines.joined(separator: "\n") + "\nset output\n"
  }
}
