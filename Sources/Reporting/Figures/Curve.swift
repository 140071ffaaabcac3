/// One entry of gnuplot's `plot`: the rows of `data` whose column `series` has one number.
struct Curve {
  var series: Int
  /// gnuplot expressions: column names, or formulas of `column('…')`.
  var values: [String]
  /// `with …`.
  var style: String
  /// For the key; `nil` for none.
  var title: String?
  /// A further condition on the row.
  var condition: String?

  /// The entry of the `plot` command.
  var command: String {
    let columns = values.map { $0.contains("(") ? $0 : "column('\($0)')" }
    let condition = "column('series')==\(series)" + (condition.map { " && \($0)" } ?? "")
    let first = "(\(condition) ? \(columns[0]) : NaN)"
    let using = ([first] + columns.dropFirst().map { "(\($0))" }).joined(separator: ":")
    let title = title.map { "title \(GnuplotText.literal($0))" } ?? "notitle"
    return "data using \(using) \(style) \(title)"
  }

  /// One `plot` command of all entries.
  static func plot(_ entries: [String]) -> String {
    "plot " + entries.joined(separator: ", \\\n  ")
  }
}
