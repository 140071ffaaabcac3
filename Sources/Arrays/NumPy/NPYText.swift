/// Texts of one length as NumPy stores them: `U5`, five characters of four bytes each, or `S5`,
/// five bytes; shorter ones end with zeros.
struct NPYText {
  /// Bytes per character.
  let unitSize: Int
  let unitCount: Int
  let isBigEndian: Bool

  /// - Returns: `nil` for a type that is no text.
  init?(_ descriptor: String) {
    var kind = descriptor[...]
    isBigEndian = kind.first == ">"
    if let order = kind.first, "<>=|".contains(order) { kind = kind.dropFirst() }
    guard let letter = kind.first, "USa".contains(letter), let count = Int(kind.dropFirst()),
      0...1 << 20 ~= count
    else { return nil }
    unitSize = letter == "U" ? 4 : 1
    unitCount = count
  }

  func decode(_ bytes: [UInt8]) throws(ArrayFault) -> String {
    if unitSize == 1 {
      let text = bytes.prefix { $0 != 0 }
      guard let text = String(validating: text, as: UTF8.self) else {
        throw ArrayFault("a text that is not UTF-8")
      }
      return text
    }
    var text = ""
    for start in stride(from: 0, to: bytes.count, by: 4) {
      let unit = bytes[start..<start + 4]
      let code = (isBigEndian ? Array(unit) : unit.reversed()).reduce(UInt32(0)) {
        $0 << 8 | UInt32($1)
      }
      if code == 0 { break }
      guard let scalar = Unicode.Scalar(code) else {
        throw ArrayFault("a text with the character \(code), which is none")
      }
      text.unicodeScalars.append(scalar)
    }
    return text
  }
}
