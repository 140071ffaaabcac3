/// One entry of gnuplot's `plot`: the rows of the data whose column `series` has one number.
struct Curve {
  var series: Int
  /// gnuplot expressions: column names, or formulas in parentheses.
  var values: [String]
  /// `with …`.
  var style: String
  /// For the key; `nil` for none.
  var title: String?
  /// A further condition on the row.
  var condition: String?

  /// The entry of the `plot` command.
  ///
  /// It names the rows rather than asking every row for its series: gnuplot reads the file anew for
  /// each entry, and parsing all of it made large studies wait (7.1 s against 0.3 s for 90 runs).
  var command: String {
    let columns = values.map { $0.hasPrefix("(") ? $0 : "(column('\($0)'))" }
    let first = condition.map { "(\($0) ? \(columns[0]) : NaN)" } ?? columns[0]
    let using = ([first] + columns.dropFirst()).joined(separator: ":")
    let title = title.map { "title \(GnuplotText.literal($0))" } ?? "notitle"
    let rows = "every ::first[\(series + 1)]::last[\(series + 1)]"
    return "data \(rows) using \(using) \(style) \(title)"
  }

  /// One `plot` command of all entries.
  static func plot(_ entries: [String]) -> String {
    "plot " + entries.joined(separator: ", \\\n  ")
  }

  /// The commands that say in which rows of `data` each series stands.
  ///
  /// - Precondition: the first column counts the series from 0, the rows of each next to each other.
  static func rowCommands(_ data: Table) -> [String] {
    var first: [Int] = []
    var last: [Int] = []
    for (row, cells) in data.rows.enumerated() {
      let series = Int(cells[0].number ?? -1)
      if series == first.count - 1 {
        last[series] = row
      } else {
        precondition(series == first.count, "the rows of a series stand apart")
        first.append(row)
        last.append(row)
      }
    }
    return [("first", first), ("last", last)].map { name, rows in
      "array \(name)[\(rows.count)] = [\(rows.map(String.init).joined(separator: ","))]"
    }
  }
}
