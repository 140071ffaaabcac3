/// A table as the page's template reads it.
struct TableView {
  let name: String
  let caption: String
  let columns: [[String: String]]
  let rows: [[String: [[String: String]]]]
  /// A last row with the values of perfect collapse, or none.
  let ideals: [[String: [[String: String]]]]

  /// - Parameter ideals: the text under each column by its key; `label` stands under the first.
  init(_ table: Table, ideals: (label: String, values: [String: String])? = nil) {
    name = table.name
    caption = table.caption
    columns = table.columns.map { column in
      var view = ["heading": column.heading, "kind": Self.kind(column)]
      if Term.of(column.key) != nil { view["term"] = column.key }
      return view
    }
    rows = table.rows.map { row in
      ["cells": zip(row, table.columns).map { Self.cell($0, $1, of: table) }]
    }
    self.ideals =
      ideals.map { ideals in
        [
          [
            "cells": table.columns.enumerated().map { index, column in
              let text = index == 0 ? ideals.label : ideals.values[column.key] ?? ""
              return ["kind": Self.kind(column), "text": text]
            }
          ]
        ]
      } ?? []
  }

  private static func kind(_ column: Table.Column) -> String {
    column.isNumeric ? "number" : "word"
  }

  private static func cell(
    _ cell: Table.Cell, _ column: Table.Column, of table: Table
  ) -> [String: String] {
    var view = ["kind": kind(column), "text": table.text(cell, in: column)]
    switch cell {
    case .number(let value): view["value"] = "\(value)"
    case .integer(let value): view["value"] = String(value)
    case .spread(let spread):
      view["value"] = "\(spread.median)"
      view["text"] = column.format.text(spread.median)
      let low = column.format.text(spread.low)
      let high = column.format.text(spread.high)
      if low != high { view["range"] = "\(low) … \(high)" }
    case .text, .absent: break
    }
    return view
  }
}
