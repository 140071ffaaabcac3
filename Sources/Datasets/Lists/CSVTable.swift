import CollapseCore
import Files

/// A table of text separated by commas, semicolons or tabs (RFC 4180): fields may stand in quotes,
/// and then hold separators, line ends and, doubled, quotes.
struct CSVTable: Sendable, Hashable {
  /// The names of the columns: the first line.
  let header: [String]
  /// As many fields each as there are columns.
  let rows: [[String]]
  /// The line each row begins at, the header's being 1.
  let lines: [Int]

  /// - Parameter file: the name that errors give.
  /// - Throws: ``DatasetError`` for text that is not UTF-8, a row of another length than the header,
  ///   or a quote that is not closed.
  init(_ bytes: [UInt8], file: String) throws(DatasetError) {
    func problem(_ line: Int, _ text: String) -> DatasetError {
      DatasetError(file: file, location: "line \(line)", problem: text)
    }
    let content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
    guard String(validating: content, as: UTF8.self) != nil else {
      throw DatasetError(file: file, problem: "expected text in UTF-8")
    }
    let separator = Self.separator(of: content)
    var rows: [(line: Int, fields: [String])] = []
    var fields: [String] = []
    var field: [UInt8] = []
    var line = 1
    var start = 1
    var quote: Int?
    var position = content.startIndex
    func endField() {
      fields.append(String(decoding: field, as: UTF8.self))
      field = []
    }
    func endRow() {
      endField()
      if fields != [""] { rows.append((start, fields)) }
      fields = []
    }
    while position < content.endIndex {
      let byte = content[position]
      position += 1
      if byte == UInt8(ascii: "\n") { line += 1 }
      if quote != nil {
        if byte != UInt8(ascii: "\"") {
          field.append(byte)
        } else if position < content.endIndex, content[position] == byte {
          field.append(byte)
          position += 1
        } else {
          quote = nil
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\"") where field.isEmpty: quote = line
      case separator: endField()
      case UInt8(ascii: "\r"): break
      case UInt8(ascii: "\n"):
        endRow()
        start = line
      default: field.append(byte)
      }
    }
    if let quote { throw problem(quote, "a quote is opened here and not closed") }
    if !field.isEmpty || !fields.isEmpty { endRow() }
    guard let first = rows.first else { throw DatasetError(file: file, problem: "holds no line") }
    for (line, fields) in rows where fields.count != first.fields.count {
      throw problem(
        line, "expected \(first.fields.count) fields as in line 1, found \(fields.count)")
    }
    header = first.fields.map { String($0.drop { $0 == " " }) }
    self.rows = rows.dropFirst().map(\.fields)
    lines = rows.dropFirst().map(\.line)
  }

  /// What stands most often in the first line.
  private static func separator(of content: ArraySlice<UInt8>) -> UInt8 {
    let first = content.prefix { $0 != UInt8(ascii: "\n") }
    func count(_ byte: UInt8) -> Int { first.count { $0 == byte } }
    return [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t")].max {
      count($0) < count($1)
    }!
  }
}
