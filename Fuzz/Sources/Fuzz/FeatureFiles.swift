import Arrays
import CollapseCore
import FeatureStore
import Files
import FoundationEssentials

func fuzzZip(_ bytes: [UInt8]) throws {
  try withFile(bytes) { path in
    let archive = try ZipArchive(path)
    for name in archive.entryNames {
      // Unpacked whole or in place, the same bytes.
      guard let whole = try? archive.read(name, limit: 1 << 20) else { continue }
      precondition(whole.count == archive[name]!.size)
      let parts = try archive.randomAccess(name, limit: 1 << 20, memoryLimit: 64)
      let read = try parts.bytes(0..<parts.count)
      precondition(read == whole)
    }
    try readFeatures(path)
  }
}

/// The bytes as a file of their own, `npy` and `safetensors` alike: the content tells which.
func fuzzArrays(_ bytes: [UInt8]) throws {
  try withFile(bytes) { try readFeatures($0) }
}

/// The bytes as a text file of labels beside four rows of features.
func fuzzLabels(_ bytes: [UInt8]) throws {
  try withFile(bytes) { path in
    let features = path + ".npy"
    let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (4, 1), }".utf8
    try! Data(
      [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.count), 0] + header + [1, 2, 3, 4]
    )
    .write(to: URL(filePath: features))
    defer { try? FileManager.default.removeItem(atPath: features) }
    var options = FeatureFileOptions()
    options.labelsFile = path
    _ = try FeatureSet(features, options: options)
  }
}

/// The bytes as the one chunk of a dataset that h5py's LZF has packed, in a file that is right but
/// for them. What comes out is refused by the library or read.
func fuzzLZF(_ bytes: [UInt8]) throws {
  let template = lzfTemplate
  guard let place = template.firstRange(of: lzfChunk) else { preconditionFailure("no chunk") }
  var file = template
  for (offset, byte) in bytes.prefix(lzfChunk.count).enumerated() {
    file[place.lowerBound + offset] = byte
  }
  try withTemporaryFile(file) { try readFeatures($0) }
}

/// A file with one dataset of 16 rows in one chunk, and that chunk as it is packed in the file.
private let lzfTemplate = contents("Templates/lzf.h5")
private let lzfChunk = contents("Corpus/lzf/chunk")

private func contents(_ name: String) -> [UInt8] {
  // …/Fuzz/Sources/Fuzz/FeatureFiles.swift
  var url = URL(filePath: #filePath)
  for _ in 0..<3 { url.deleteLastPathComponent() }
  return Array(try! Data(contentsOf: url.appending(path: name)))
}

/// The bytes as the pickle of a PyTorch file with three storages.
func fuzzPickle(_ bytes: [UInt8]) throws {
  let numbers = (0..<256).map { UInt8($0) }
  let archive = storedArchive([
    ("a/data.pkl", bytes), ("a/data/0", numbers), ("a/data/1", Array(numbers[..<64])),
    ("a/data/2", []),
  ])
  try withFile(archive) { try readFeatures($0) }
}

/// Opens a feature file every way there is and reads what it holds; the first error is thrown.
private func readFeatures(_ path: String) throws {
  var failure: (any Error)?
  for reduction in FeatureFileOptions.Reduction.allCases {
    var options = FeatureFileOptions()
    options.reduction = reduction
    options.requiresLabels = reduction == .none
    options.uint16Meaning = reduction == .pool ? .bfloat16 : .integer
    do {
      let file = try FeatureSet(path, options: options)
      for layer in file.layers { try readAll(layer.rows) }
      let count = min(file.labels.labelCount, 1 << 16)
      _ = try [Int64](unsafeUninitializedCapacity: count) { buffer, initialized in
        try file.labels.read(
          0..<count, into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
        initialized = count
      }
    } catch {
      failure = failure ?? error
    }
  }
  if let failure { throw failure }
}

/// Rows read one by one are those read together.
private func readAll(_ rows: any RowBlocks) throws {
  let count = min(rows.rowCount, max(1, (1 << 16) / rows.columnCount))
  let together = try doubles(rows, 0..<count)
  let first = try doubles(rows, 0..<1)
  let last = try doubles(rows, count - 1..<count)
  precondition(same(first, together[..<rows.columnCount]))
  precondition(same(last, together[((count - 1) * rows.columnCount)...]))
}

private func doubles(_ rows: any RowBlocks, _ range: Range<Int>) throws -> [Double] {
  let count = range.count * rows.columnCount
  return try [Double](unsafeUninitializedCapacity: count) { buffer, initialized in
    try rows.read(range, into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
    initialized = count
  }
}

private func same(_ left: [Double], _ right: ArraySlice<Double>) -> Bool {
  left.map(\.bitPattern) == right.map(\.bitPattern)
}

/// Gives `body` a file of the bytes, in memory where the system has such a folder. HDF5 files
/// are read by the HDF5 library, which these harnesses are not for.
private func withFile(_ bytes: [UInt8], _ body: (String) throws -> Void) throws {
  let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46]
  for start in bytes.indices where bytes[start...].starts(with: signature) { return }
  try withTemporaryFile(bytes, body)
}

func withTemporaryFile(_ bytes: [UInt8], _ body: (String) throws -> Void) throws {
  let folder = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : "/tmp"
  let path = "\(folder)/collapse-fuzz-\(ProcessInfo.processInfo.processIdentifier)"
  try! Data(bytes).write(to: URL(filePath: path))
  defer { try? FileManager.default.removeItem(atPath: path) }
  try body(path)
}

/// A zip archive of stored entries.
private func storedArchive(_ entries: [(name: String, content: [UInt8])]) -> [UInt8] {
  func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
  var (out, directory): ([UInt8], [UInt8]) = ([], [])
  for (name, content) in entries {
    let text = Array(name.utf8)
    let common =
      little(20, 2) + little(0, 8) + little(Int(crc32(content)), 4) + little(content.count, 4)
      + little(content.count, 4) + little(text.count, 2) + little(0, 2)
    directory += [0x50, 0x4b, 1, 2] + little(20, 2) + common + little(0, 10) + little(out.count, 4)
    directory += text
    out += [0x50, 0x4b, 3, 4] + common + text + content
  }
  let start = out.count
  out += directory + [0x50, 0x4b, 5, 6] + little(0, 4) + little(entries.count, 2)
  return out + little(entries.count, 2) + little(directory.count, 4) + little(start, 4)
    + little(0, 2)
}

private func crc32(_ bytes: [UInt8]) -> UInt32 {
  var crc: UInt32 = 0xffff_ffff
  for byte in bytes { crc = crcTable[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ crc >> 8 }
  return ~crc
}

private let crcTable: [UInt32] = (0..<256).map { index in
  (0..<8).reduce(UInt32(index)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
}
