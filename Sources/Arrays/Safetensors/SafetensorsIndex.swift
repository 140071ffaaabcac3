import CollapseCore
import Files
import FoundationEssentials

/// The table of a set of safetensors files: which tensor is in which,
/// `{"weight_map": {"fc.weight": "model-00002-of-00002.safetensors", …}}`.
enum SafetensorsIndex: ArrayFormat {
  /// A table is text; thousands of tensors take a megabyte.
  private static let longest = 64 << 20

  static func begins(_ start: FileStart) -> Bool {
    start.bytes.first { !" \n\r\t".utf8.contains($0) } == UInt8(ascii: "{")
      && start.path.hasSuffix(".json")
  }

  static func open(_ start: FileStart) throws -> (any ArraySource)? {
    guard start.file.size <= longest else { return nil }
    let text = try start.file.bytes(0..<start.file.size)
    guard let table = try? JSONDecoder().decode(Table.self, from: Data(text)) else { return nil }
    let folder = start.path.lastIndex(of: "/").map { String(start.path[...$0]) } ?? ""
    var files: [String: any ArraySource] = [:]
    for name in Set(table.places.values) {
      guard !name.contains("/"), name != "..", !name.isEmpty else {
        throw ArrayFileError(
          file: start.path, problem: "it names '\(name)', expected a file beside it")
      }
      files[name] = try ArrayFile.open(folder + name)
    }
    // In the order of the files and, in each, of its tensors: the table's members have none.
    var names: [String] = []
    for file in files.keys.sorted(by: NaturalOrder.precedes) {
      names += try files[file]!.names(limit: .max).filter { table.places[$0] == file }
    }
    if let missing = Set(table.places.keys).subtracting(names).min() {
      throw ArrayFileError(
        file: start.path,
        problem: "'\(table.places[missing]!)' does not have the tensor '\(missing)'")
    }
    return SafetensorsSet(file: start.path, names: names, places: table.places, files: files)
  }

  private struct Table: Decodable {
    let places: [String: String]

    private enum CodingKeys: String, CodingKey {
      case places = "weight_map"
    }
  }
}

/// Several files as one, by the table of their tensors.
private struct SafetensorsSet: ArraySource {
  let file: String
  let names: [String]
  let places: [String: String]
  let files: [String: any ArraySource]

  var noun: String { "tensor" }

  func names(limit: Int) -> [String] { Array(names.prefix(limit)) }

  func members(of group: String) throws -> [String] {
    var seen: Set<String> = []
    return try files.sorted { NaturalOrder.precedes($0.key, $1.key) }
      .flatMap { try $0.value.members(of: group) }.filter { seen.insert($0).inserted }
  }

  func contains(_ name: String) -> Bool { places[name] != nil }

  func array(_ name: String) throws -> any StoredArray {
    guard let source = source(of: name) else {
      throw ArrayFileError(file: file, problem: "it has no \(noun) '\(name)'\(listing)")
    }
    return try source.array(name)
  }

  func texts(_ name: String) throws -> [String]? { try source(of: name)?.texts(name) }

  func attribute(_ name: String) -> AttributeValue? { nil }

  func hasAttribute(_ name: String) -> Bool { false }

  private func source(of name: String) -> (any ArraySource)? {
    places[name].flatMap { files[$0] }
  }
}
