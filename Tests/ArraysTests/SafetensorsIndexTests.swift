import Arrays
import CollapseCore
import TestSupport
import Testing

/// A set of safetensors files, as large models are published.
@Suite struct SafetensorsIndexTests {
  private let folder = TemporaryFolder()

  private func write(places: [(String, String)]) -> String {
    for (file, names) in [("m-1.safetensors", ["b", "a"]), ("m-2.safetensors", ["c"])] {
      folder.write(
        SafetensorsWriter.file(
          names.map { ($0, "F32", [2], LittleEndian.bytes([1, Float($0.utf8.first!)])) }),
        to: file)
    }
    let table = places.map { "\"\($0)\": \"\($1)\"" }.joined(separator: ", ")
    return folder.write(
      Array("{\"metadata\": {\"total_size\": 24}, \"weight_map\": {\(table)}}".utf8),
      to: "m.safetensors.index.json")
  }

  @Test func tensorsOfAllFilesAreOneSet() throws {
    let path = write(places: [
      ("a", "m-1.safetensors"), ("b", "m-1.safetensors"), ("c", "m-2.safetensors"),
    ])
    let source = try ArrayFile.open(path)
    #expect(try source.names(limit: 9) == ["b", "a", "c"])
    #expect(try source.array("c").readReals(nil) == [1, 99])
    let error = #expect(throws: ArrayFileError.self) { try source.array("d") }
    #expect(error?.description == "\(path): it has no tensor 'd'; it has 'b', 'a', 'c'")
  }

  @Test(arguments: [
    ("d", "m-2.safetensors", "'m-2.safetensors' does not have the tensor 'd'"),
    ("d", "../m.safetensors", "it names '../m.safetensors', expected a file beside it"),
  ])
  func aTableThatDoesNotFitIsRefused(_ name: String, _ file: String, _ problem: String) {
    let path = write(places: [("a", "m-1.safetensors"), (name, file)])
    let error = #expect(throws: ArrayFileError.self) { try ArrayFile.open(path) }
    #expect(error?.description == "\(path): \(problem)")
  }
}
