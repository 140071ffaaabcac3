extension Table {
  /// The table for a terminal: aligned columns, two spaces apart, headings above a rule.
  ///
  /// A heading of several words is broken over lines so that its column stays narrow.
  public var plainText: String {
    let cells = rows.map { row in zip(row, columns).map { text($0, in: $1) } }
    let headings = columns.indices.map { index in
      let content = cells.map { $0[index].count }.max() ?? 0
      return Table.wrapped(columns[index].heading, to: max(content, 6))
    }
    let widths = columns.indices.map { index in
      max(cells.map { $0[index].count }.max() ?? 0, headings[index].map(\.count).max() ?? 0)
    }
    func line(_ texts: [String]) -> String {
      let padded = texts.indices.map { index in
        let space = String(repeating: " ", count: widths[index] - texts[index].count)
        return columns[index].isNumeric ? space + texts[index] : texts[index] + space
      }
      let line = padded.joined(separator: "  ")
      return String(
        line[..<(line.lastIndex { $0 != " " }.map(line.index(after:)) ?? line.startIndex)])
    }
    let height = headings.map(\.count).max() ?? 0
    var lines = (0..<height).map { level in
      line(
        headings.map { heading in
          let skipped = height - heading.count
          return level < skipped ? "" : heading[level - skipped]
        })
    }
    lines.append(widths.map { String(repeating: "─", count: $0) }.joined(separator: "  "))
    lines += cells.map(line)
    return lines.joined(separator: "\n") + "\n"
  }

  private static func wrapped(_ heading: String, to width: Int) -> [String] {
    var lines: [String] = []
    for word in heading.split(separator: " ") {
      if let last = lines.last, last.count + 1 + word.count <= width {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }
}
