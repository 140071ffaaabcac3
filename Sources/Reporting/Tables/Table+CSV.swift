extension Table {
  /// The table as CSV (RFC 4180, lines end with a newline): a header, then a line per row.
  ///
  /// Numbers have every digit; absent values are empty fields.
  public var csv: String {
    var text = ""
    text += fieldNames.map(Table.quoted).joined(separator: ",") + "\n"
    for row in fieldRows {
      text += row.map { Table.quoted($0.text) }.joined(separator: ",") + "\n"
    }
    return text
  }

  /// A field of CSV, in quotes where it needs them.
  static func quoted(_ field: String) -> String {
    let special = field.utf8.contains { [0x22, 0x2c, 0x0a, 0x0d].contains($0) }
    return special ? "\"\(field.replacing("\"", with: "\"\""))\"" : field
  }
}
