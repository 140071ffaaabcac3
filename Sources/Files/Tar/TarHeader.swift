/// The 512 bytes before each entry of a tar archive, checked.
///
/// POSIX.1-1988 (ustar) and GNU layouts; numbers are octal text, or base 256 where the first bit
/// is set.
struct TarHeader {
  static let size = 512

  enum Kind {
    case file
    case folder
    /// A pax extended header for the next entry.
    case extended
    /// A pax header for all entries that follow.
    case global
    /// The name of the next entry, too long for its header (GNU).
    case longName
    /// The link target of the next entry (GNU).
    case longLinkName
    /// What is not unpacked: links, devices, types nobody knows. The phrase completes "it is".
    case refused(String)
  }

  let kind: Kind
  let name: String
  let contentSize: Int

  /// What is wrong with a header.
  struct Problem: Error {
    let words: String
  }

  /// - Precondition: `block` has 512 bytes, not all zero.
  init(_ block: [UInt8]) throws(Problem) {
    precondition(block.count == Self.size)
    try Self.checkSum(block)
    contentSize = try Self.number(block[124..<136], "size")
    var name = try Self.text(block[0..<100], "name")
    // GNU tar of before 1988's standard uses the prefix field for other things.
    if block[257..<263].elementsEqual("ustar\0".utf8) {
      let prefix = try Self.text(block[345..<500], "name prefix")
      if !prefix.isEmpty { name = "\(prefix)/\(name)" }
    }
    self.name = name
    let type = block[156]
    switch type {
    // Archives of before ustar mark a folder by its name alone.
    case 0, UInt8(ascii: "0"), UInt8(ascii: "7"): kind = name.hasSuffix("/") ? .folder : .file
    case UInt8(ascii: "5"): kind = .folder
    case UInt8(ascii: "x"): kind = .extended
    case UInt8(ascii: "g"): kind = .global
    case UInt8(ascii: "L"): kind = .longName
    case UInt8(ascii: "K"): kind = .longLinkName
    case UInt8(ascii: "1"): kind = .refused("a hard link")
    case UInt8(ascii: "2"): kind = .refused("a symbolic link")
    case UInt8(ascii: "3"), UInt8(ascii: "4"): kind = .refused("a device")
    case UInt8(ascii: "6"): kind = .refused("a named pipe")
    default: kind = .refused("of type 0x\(String(type, radix: 16))")
    }
  }

  /// The sum of all bytes, those of the sum itself counted as spaces.
  private static func checkSum(_ block: [UInt8]) throws(Problem) {
    let stored = try number(block[148..<156], "checksum")
    var unsigned = 8 * 32
    var signed = 8 * 32
    for (index, byte) in block.enumerated() where !(148..<156).contains(index) {
      unsigned += Int(byte)
      signed += Int(Int8(bitPattern: byte))  // some old writers summed signed characters
    }
    guard stored == unsigned || stored == signed else {
      throw Problem(words: "the header's checksum is \(unsigned), expected \(stored)")
    }
  }

  private static func number(
    _ field: ArraySlice<UInt8>, _ what: String
  ) throws(Problem) -> Int {
    if field.first! & 0x80 != 0 { return try base256(field, what) }
    let spaces: Set<UInt8> = [0, 32]
    let digits = field.drop { spaces.contains($0) }.prefix { !spaces.contains($0) }
    var value = 0
    for digit in digits {
      guard (48...55).contains(digit) else {
        throw Problem(words: "expected the \(what) as octal digits, found \(quoted(digits))")
      }
      value = value * 8 + Int(digit - 48)  // twelve digits of three bits cannot overflow
    }
    return value
  }

  private static func base256(
    _ field: ArraySlice<UInt8>, _ what: String
  ) throws(Problem) -> Int {
    var value = 0
    for (index, byte) in field.enumerated() {
      let (shifted, overflow) = value.multipliedReportingOverflow(by: 256)
      let digit = index == 0 ? Int(byte & 0x7f) : Int(byte)
      guard !overflow, shifted <= Int.max - digit, field.first! != 0xff else {
        throw Problem(words: "the \(what) is negative or has more than 63 bits")
      }
      value = shifted + digit
    }
    return value
  }

  private static func text(
    _ field: ArraySlice<UInt8>, _ what: String
  ) throws(Problem) -> String {
    let bytes = field.prefix { $0 != 0 }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Problem(words: "the \(what) \(quoted(bytes)) is not UTF-8")
    }
    return text
  }

  private static func quoted(_ bytes: ArraySlice<UInt8>) -> String {
    "'\(String(decoding: bytes, as: UTF8.self))'"
  }
}
