extension Table {
  /// What a document needs for ``latex``, as comments at the head of a file of tables.
  static let latexPackages = """
    % In the preamble: \\usepackage{booktabs}, \\usepackage[T1]{fontenc}, \\usepackage[utf8]{inputenc}
    % A table too wide for the page: choose columns with --columns.

    """

  /// The table as a LaTeX `table` environment; needs `\usepackage{booktabs}`.
  public var latex: String {
    var lines = ["\\begin{table}", "  \\caption{\(Table.latex(caption))}"]
    lines.append("  \\begin{tabular}{\(columns.map { $0.isNumeric ? "r" : "l" }.joined())}")
    lines.append("    \\toprule")
    lines.append(
      "    " + columns.map { Table.latex($0.heading) }.joined(separator: " & ") + " \\\\")
    lines.append("    \\midrule")
    for row in rows {
      let cells = zip(row, columns).map { Table.latex(text($0, in: $1)) }
      lines.append("    " + cells.joined(separator: " & ") + " \\\\")
    }
    lines += ["    \\bottomrule", "  \\end{tabular}", "\\end{table}"]
    return lines.joined(separator: "\n") + "\n"
  }

  /// Escapes for text; signs that pdfTeX's fonts lack become mathematics.
  private static func latex(_ text: String) -> String {
    var escaped = ""
    for character in text {
      switch character {
      case "\\": escaped += "\\textbackslash{}"
      case "~": escaped += "\\textasciitilde{}"
      case "^": escaped += "\\textasciicircum{}"
      case "&", "%", "$", "#", "_", "{", "}": escaped += "\\\(character)"
      case "[": escaped += "{[}"  // after `\\` a bracket would be read as an option
      case "−": escaped += "$-$"
      case "–": escaped += "--"
      case "∞": escaped += "$\\infty$"
      case "λ": escaped += "$\\lambda$"
      case "ρ": escaped += "$\\rho$"
      case "…": escaped += "\\ldots{}"
      case _ where character.isNewline: escaped += " "
      default: escaped.append(character)
      }
    }
    return escaped
  }
}
