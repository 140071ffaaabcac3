import CollapseCore

extension Table {
  /// A cell as a program reads it: every digit, spreads taken apart.
  enum Field: Hashable {
    case text(String)
    case integer(Int)
    case number(Double)
    case empty

    init(_ value: Double?) { self = value.map { .number($0) } ?? .empty }

    /// The shortest text that reads back as the same value; numbers that are not finite are empty.
    var text: String {
      switch self {
      case .text(let text): text
      case .integer(let value): String(value)
      case .number(let value): value.isFinite ? value.shortestText : ""
      case .empty: ""
      }
    }
  }

  /// The names of the fields: a column of spreads gives `_median`, `_low` and `_high`.
  var fieldNames: [String] {
    columns.indices.flatMap { index in
      let key = columns[index].key
      return isSpread(index) ? ["\(key)_median", "\(key)_low", "\(key)_high"] : [key]
    }
  }

  /// The fields of every row, as many as ``fieldNames``.
  var fieldRows: [[Field]] {
    let spreads = columns.indices.map(isSpread)
    return rows.map { row in
      row.indices.flatMap { index -> [Field] in
        switch row[index] {
        case .text(let text): [.text(text)]
        case .integer(let value): [.integer(value)]
        case .number(let value): [.number(value)]
        case .spread(let spread):
          [.number(spread.median), .number(spread.low), .number(spread.high)]
        case .absent: Array(repeating: .empty, count: spreads[index] ? 3 : 1)
        }
      }
    }
  }

  private func isSpread(_ column: Int) -> Bool {
    rows.contains { if case .spread = $0[column] { true } else { false } }
  }
}
