import FoundationEssentials

extension Table {
  /// The table as JSON: an array with an object per row, its keys in the order of the columns.
  ///
  /// Numbers have every digit; absent values are `null`.
  public var json: String {
    let names = fieldNames.map(Table.jsonString)
    let rows = fieldRows.map { row in
      "  {" + zip(names, row).map { "\($0): \(Table.json($1))" }.joined(separator: ", ") + "}"
    }
    return rows.isEmpty ? "[]\n" : "[\n\(rows.joined(separator: ",\n"))\n]\n"
  }

  private static func json(_ field: Field) -> String {
    switch field {
    case .text(let text): jsonString(text)
    case .integer, .number: field.text.isEmpty ? "null" : field.text
    case .empty: "null"
    }
  }

  private static func jsonString(_ text: String) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    // A string can always be encoded.
    return String(decoding: try! encoder.encode(text), as: UTF8.self)
  }
}
