import Files

/// An odd first byte asks for every header's checksum to be made right, so that the fuzzer gets
/// past it; the archive follows.
func fuzzTar(_ bytes: [UInt8]) throws {
  guard let first = bytes.first else { return }
  var archive = Array(bytes.dropFirst())
  if first & 1 == 1 {
    for start in stride(from: 0, through: archive.count - 512, by: 512) {
      sealTarHeader(&archive, at: start)
    }
  }
  var position = 0
  var reader = TarReader(file: "f")
  try reader.forEachFile(
    limit: 1 << 20,
    read: { count in
      let piece = archive[position..<min(archive.count, position + count)]
      position += piece.count
      return Array(piece)
    }, where: { $0.size % 2 == 0 }
  ) { entry, content in
    precondition(entry.size == content.count)
    precondition(!entry.name.hasPrefix("/"))
    precondition(!entry.name.split(separator: "/").contains { $0 == ".." || $0 == "." })
  }
}

private func sealTarHeader(_ archive: inout [UInt8], at start: Int) {
  guard archive[start..<start + 512].contains(where: { $0 != 0 }) else { return }
  for index in start + 148..<start + 156 { archive[index] = 32 }
  let digits = String(archive[start..<start + 512].reduce(0) { $0 + Int($1) }, radix: 8).utf8
  archive.replaceSubrange(start + 148..<start + 148 + digits.count, with: digits)
}
