/// Rows under named columns, to be written as CSV, Markdown, LaTeX, JSON, plain text or HTML.
public struct Table: Sendable, Hashable {
  /// A column: its name for programs, its heading for people, and how its numbers are shown.
  public struct Column: Sendable, Hashable {
    /// The name in CSV and JSON; for a measure its key.
    public var key: String
    public var heading: String
    public var format: NumberFormat
    /// Whether the cells are numbers, which are aligned to the right.
    public var isNumeric: Bool

    public init(
      _ key: String, _ heading: String, format: NumberFormat = .significant(3),
      isNumeric: Bool = true
    ) {
      self.key = key
      self.heading = heading
      self.format = format
      self.isNumeric = isNumeric
    }
  }

  /// What stands in one place.
  public enum Cell: Sendable, Hashable {
    case text(String)
    case integer(Int)
    case number(Double)
    /// Median and range over repetitions; three columns in CSV and JSON.
    case spread(Spread)
    case absent
  }

  /// The stem of the file name.
  public var name: String
  public var caption: String
  public var columns: [Column]
  public var rows: [[Cell]]

  /// - Precondition: every row has a cell per column.
  public init(name: String, caption: String, columns: [Column], rows: [[Cell]]) {
    precondition(rows.allSatisfy { $0.count == columns.count })
    self.name = name
    self.caption = caption
    self.columns = columns
    self.rows = rows
  }

  /// Without those of the columns `keys` that say the same in every row of several.
  func droppingColumnsOfOneValue(_ keys: Set<String>) -> Table {
    guard rows.count > 1 else { return self }
    let kept = columns.indices.filter { index in
      !keys.contains(columns[index].key) || Set(rows.map { $0[index] }).count > 1
    }
    return Table(
      name: name, caption: caption, columns: kept.map { columns[$0] },
      rows: rows.map { row in kept.map { row[$0] } })
  }

  /// The columns of the keys given, in that order, as far as there are such.
  func selecting(_ keys: [String]) -> Table {
    let kept = keys.compactMap { key in columns.firstIndex { $0.key == key } }
    return Table(
      name: name, caption: caption, columns: kept.map { columns[$0] },
      rows: rows.map { row in kept.map { row[$0] } })
  }

  /// The text of a cell for people.
  func text(_ cell: Cell, in column: Column, absent: String = "–") -> String {
    switch cell {
    case .text(let text): return text
    case .integer(let value): return String(value).replacing("-", with: "−")
    case .number(let value): return column.format.text(value)
    case .spread(let spread):
      let median = column.format.text(spread.median)
      let low = column.format.text(spread.low)
      let high = column.format.text(spread.high)
      return low == high ? median : "\(median) [\(low), \(high)]"
    case .absent: return absent
    }
  }
}

extension Table.Cell {
  public init(_ value: Double?) { self = value.map { .number($0) } ?? .absent }
  init(_ value: Int?) { self = value.map { .integer($0) } ?? .absent }
  init(_ text: String?) { self = text.map { .text($0) } ?? .absent }
  init(_ spread: Spread?) { self = spread.map { .spread($0) } ?? .absent }

  /// The number in the cell, or `nil` where there is none.
  var number: Double? {
    switch self {
    case .number(let value): value
    case .integer(let value): Double(value)
    case .spread(let spread): spread.median
    case .text, .absent: nil
    }
  }
}
