/// Builds tar archives, sound or broken on purpose.
public struct TarWriter {
  public private(set) var bytes: [UInt8] = []

  /// - Parameter bytes: what stands there already.
  public init(bytes: [UInt8] = []) { self.bytes = bytes }

  /// Appends an entry in the ustar layout.
  ///
  /// - Parameter change: changes the header before its checksum is taken.
  public mutating func add(
    _ name: String, _ content: [UInt8] = [], type: Character = "0", prefix: String = "",
    change: (inout [UInt8]) -> Void = { _ in }
  ) {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at offset: Int) {
      for (index, byte) in text.utf8.enumerated() { header[offset + index] = byte }
    }
    put(name, at: 0)
    put("0000644\0", at: 100)
    put(Self.octal(content.count, digits: 11), at: 124)
    put("00000000000\0", at: 136)
    put(String(type), at: 156)
    put("ustar\0" + "00", at: 257)
    put(prefix, at: 345)
    change(&header)
    Self.seal(&header)
    bytes += header
    append(padded: content)
  }

  /// Appends bytes up to a whole block.
  public mutating func append(padded content: [UInt8]) {
    bytes += content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
  }

  /// Appends the end mark: two blocks of zeros.
  public mutating func finish() { bytes += [UInt8](repeating: 0, count: 1024) }

  /// A pax record `<length> key=value\n`.
  public static func paxRecord(_ key: String, _ value: String) -> [UInt8] {
    let body = " \(key)=\(value)\n".utf8
    var length = body.count + 1
    while "\(length)".utf8.count + body.count != length { length += 1 }
    return Array("\(length)".utf8) + body
  }

  /// Writes the checksum into a header.
  public static func seal(_ header: inout [UInt8]) {
    for index in 148..<156 { header[index] = 32 }
    let sum = header.reduce(0) { $0 + Int($1) }
    for (index, byte) in octal(sum, digits: 6).utf8.enumerated() { header[148 + index] = byte }
  }

  public static func octal(_ value: Int, digits: Int) -> String {
    let text = String(value, radix: 8)
    return String(repeating: "0", count: digits - text.count) + text + "\0"
  }
}
