/// Reads the Python literal of an NPY header: a dictionary of strings, truth values and tuples of
/// integers, and nothing else of Python.
struct PythonLiteral {
  private let text: [UInt8]
  private var position = 0
  /// Where the text starts in its file; for messages.
  private let offset: Int

  init(_ text: [UInt8], offset: Int) {
    self.text = text
    self.offset = offset
  }

  /// Reads a dictionary, to the end of the text; `entry` reads each value.
  mutating func dictionary(
    _ entry: (String, inout PythonLiteral) throws(ArrayFault) -> Void
  ) throws(ArrayFault) {
    try expect("{")
    while !skip("}") {
      let key = try string(of: nil)
      try expect(":")
      try entry(key, &self)
      if !skip(",") {
        try expect("}")
        break
      }
    }
    skipSpace()
    guard position == text.count else { throw unexpected("the end of the header") }
  }

  /// Reads a string without escapes. A list, as of a structured type, is refused by name.
  mutating func string(of key: String?) throws(ArrayFault) -> String {
    skipSpace()
    if let key, position < text.count, text[position] == UInt8(ascii: "[") {
      throw ArrayFault("'\(key)' of several fields in the NPY header, expected one type")
    }
    guard position < text.count, [UInt8(ascii: "'"), UInt8(ascii: "\"")].contains(text[position])
    else { throw unexpected("a string") }
    let quote = text[position]
    guard let end = text[(position + 1)...].firstIndex(of: quote) else {
      throw unexpected("a string that ends")
    }
    let content = text[position + 1..<end]
    guard !content.contains(UInt8(ascii: "\\")), content.allSatisfy({ 0x20...0x7e ~= $0 }) else {
      throw unexpected("a string of plain characters")
    }
    position = end + 1
    return String(decoding: content, as: UTF8.self)
  }

  mutating func boolean() throws(ArrayFault) -> Bool {
    if skip("True") { return true }
    if skip("False") { return false }
    throw unexpected("True or False")
  }

  /// Reads a tuple of integers that are not negative.
  mutating func tuple() throws(ArrayFault) -> [Int] {
    try expect("(")
    var values: [Int] = []
    while !skip(")") {
      values.append(try integer())
      if !skip(",") {
        guard values.count > 1 else { throw unexpected("a comma after the one dimension") }
        try expect(")")
        break
      }
    }
    return values
  }

  private mutating func integer() throws(ArrayFault) -> Int {
    skipSpace()
    let digits = text[position...].prefix { 0x30...0x39 ~= $0 }
    guard !digits.isEmpty else { throw unexpected("a dimension") }
    guard let value = Int(String(decoding: digits, as: UTF8.self)) else {
      throw ArrayFault(
        "dimension \(String(decoding: digits.prefix(40), as: UTF8.self)) in the NPY header is "
          + "larger than any file")
    }
    position += digits.count
    // Python 2 wrote long integers so.
    if position < text.count, text[position] == UInt8(ascii: "L") { position += 1 }
    return value
  }

  private mutating func skipSpace() {
    while position < text.count, [0x20, 0x09, 0x0a, 0x0d].contains(text[position]) { position += 1 }
  }

  /// Moves over `token` if it comes next, after any space.
  private mutating func skip(_ token: StaticString) -> Bool {
    skipSpace()
    let bytes = UnsafeBufferPointer(start: token.utf8Start, count: token.utf8CodeUnitCount)
    guard text[position...].starts(with: bytes) else { return false }
    position += bytes.count
    return true
  }

  private mutating func expect(_ token: StaticString) throws(ArrayFault) {
    guard skip(token) else { throw unexpected("'\(token)'") }
  }

  private func unexpected(_ expected: String) -> ArrayFault {
    let found =
      position < text.count
      ? "'\(Character(Unicode.Scalar(text[position])))'".debugDescriptionOfControl : "its end"
    return ArrayFault(
      "expected \(expected) at byte \(offset + position) of the NPY header, found \(found)")
  }
}

extension String {
  /// The text with characters that no terminal shows written as escapes.
  fileprivate var debugDescriptionOfControl: String {
    unicodeScalars.map {
      $0.value < 0x20 || $0.value > 0x7e ? $0.escaped(asASCII: true) : String($0)
    }
    .joined()
  }
}
