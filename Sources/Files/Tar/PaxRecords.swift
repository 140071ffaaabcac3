/// The records of a pax extended header that say which file follows: `21 path=some/name\n`.
struct PaxRecords {
  private(set) var path: String?
  private(set) var size: Int?

  /// - Parameter fail: makes the error for what is wrong with the records.
  init(_ bytes: [UInt8], fail: (String) -> TarError) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let digits = rest.prefix { (48...57).contains($0) }
      // The length counts the whole record: its own digits, the space and the line's end.
      guard let length = Int(String(decoding: digits, as: UTF8.self)), length <= rest.count,
        length > digits.count + 1, rest[rest.startIndex + digits.count] == 32,
        rest[rest.startIndex + length - 1] == 10
      else {
        throw fail(
          "expected a pax record '<length> <key>=<value>' at byte \(rest.startIndex) of the "
            + "extended header")
      }
      let record = rest.prefix(length).dropFirst(digits.count + 1).dropLast()
      rest = rest.dropFirst(length)
      guard let equals = record.firstIndex(of: 61),
        let key = String(validating: record[..<equals], as: UTF8.self)
      else { throw fail("a pax record has no key") }
      let value = record[(equals + 1)...]
      switch key {
      case "path":
        guard let text = String(validating: value, as: UTF8.self), !value.contains(0) else {
          throw fail("the pax path is not UTF-8 text")
        }
        path = text
      case "size":
        guard let text = String(validating: value, as: UTF8.self), let number = Int(text),
          number >= 0
        else { throw fail("the pax size is no count of bytes") }
        size = number
      default: break  // times, owners, comments
      }
    }
  }
}
