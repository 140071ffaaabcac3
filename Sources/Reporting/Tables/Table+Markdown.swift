extension Table {
  /// The table as GitHub Markdown, its caption in bold above it.
  public var markdown: String {
    var lines = ["**\(Table.markdown(caption))**", ""]
    lines.append("| " + columns.map { Table.markdown($0.heading) }.joined(separator: " | ") + " |")
    lines.append("|" + columns.map { $0.isNumeric ? "---:" : "---" }.joined(separator: "|") + "|")
    for row in rows {
      let cells = zip(row, columns).map { Table.markdown(text($0, in: $1)) }
      lines.append("| " + cells.joined(separator: " | ") + " |")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func markdown(_ text: String) -> String {
    var escaped = ""
    for character in text {
      switch character {
      case "\\", "|", "*", "_", "`", "<", ">", "[", "]", "#": escaped += "\\\(character)"
      case "&": escaped += "&amp;"
      case _ where character.isNewline: escaped += " "
      default: escaped.append(character)
      }
    }
    return escaped
  }
}
