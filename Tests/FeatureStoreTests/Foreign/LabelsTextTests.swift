import Arrays
import CollapseCore
import FeatureStore
import Files
import TestSupport
import Testing

/// Labels as text, in a file of their own or as an array.
@Suite struct LabelsTextTests {
  let folder = TemporaryFolder()

  private func open(labels bytes: [UInt8], to name: String = "y.txt") throws -> FeatureSet {
    var options = FeatureFileOptions()
    options.labelsFile = folder.write(bytes, to: name)
    return try FeatureSet(
      folder.write(NPYWriter.file([1, 2, 3, 4], [4, 1]), to: "h.npy"), options: options)
  }

  static let numbers: [(String, String)] = [
    ("one per line", "1\n0\n2\n1\n"), ("Windows", "\u{feff}1\r\n0\r\n2\r\n1\r\n"),
    ("no last line end", "1\n0\n2\n1"), ("spaces", " 1\n0 \n\n2\n1\n"),
    ("a heading", "label\n1\n0\n2\n1\n"), ("JSON", "[1, 0, 2, 1]"),
    ("JSON of texts", "[\"1\", \"0\", \"2\", \"1\"]"),
  ]

  @Test(arguments: numbers) func numbersAreRead(name: String, text: String) throws {
    let set = try open(labels: Array(text.utf8))
    #expect(try set.labels.all() == [1, 0, 2, 1])
    #expect(set.metadata.classNames == nil)
  }

  @Test func namesAreClassesInAlphabeticalOrder() throws {
    let set = try open(labels: Array("owl\ncat\nowl\nÄpfel\n".utf8))
    #expect(set.metadata.classNames == ["cat", "owl", "Äpfel"])
    #expect(try set.labels.all() == [1, 0, 1, 2])
  }

  @Test(arguments: [
    ("1\n0\n2\n", "3 lines for 4 rows of features"),
    ("1,a\n0,b\n2,c\n1,a\n", "'1,a' holds several columns, expected one label per line"),
    ("[1, [2], 3, 4]", "JSON that is no list of labels"),
  ]) func otherTextIsRefused(text: String, problem: String) {
    let error = #expect(throws: ArrayFileError.self) { try open(labels: Array(text.utf8)) }
    #expect(error?.description == "\(folder("y.txt")): \(problem)")
  }

  @Test func textInUTF16IsNamed() {
    let bytes: [UInt8] = [0xff, 0xfe] + LittleEndian.bytes(Array("1\n0\n".utf16))
    let error = #expect(throws: FileError.self) { try open(labels: bytes) }
    #expect(
      error?.description
        == "cannot read '\(folder("y.txt"))': it is text in UTF-16, expected UTF-8: "
        + "save it with that encoding")
  }

  static let arrays: [(String, [UInt8])] = [
    (
      "<U3",
      ["owl", "cat", "é", "cat"].flatMap { text in
        let units = Array(text.unicodeScalars.map(\.value))
        return LittleEndian.bytes(units + [UInt32](repeating: 0, count: 3 - units.count))
      }
    ),
    (
      "|S3",
      ["owl", "cat", "é", "cat"].flatMap { text in
        Array(text.utf8) + [UInt8](repeating: 0, count: 3 - text.utf8.count)
      }
    ),
  ]

  @Test(arguments: arrays) func arraysOfTextsAreRead(type: String, data: [UInt8]) throws {
    let set = try open(labels: NPYWriter.file(type, [4], data: data), to: "y.npy")
    #expect(set.metadata.classNames == ["cat", "owl", "é"])
    #expect(try set.labels.all() == [1, 0, 2, 0])
  }

  /// Values of text beside the arrays of an NPZ file.
  @Test func textsInAnArchiveAreMetadata() throws {
    let path = folder.write(
      ZipWriter([
        .init("features.npy", NPYWriter.file([1, 2, 3, 4], [4, 1])),
        .init("labels.npy", NPYWriter.file([0, 1, 0, 1])),
        .init(
          "split.npy",
          NPYWriter.file("<U4", [], data: LittleEndian.bytes("test".unicodeScalars.map(\.value)))),
        .init("network.npy", NPYWriter.file(["mlp"])),
        .init("class_names.npy", NPYWriter.file(["a", "b"])),
      ]).bytes, to: "a.npz")
    let set = try FeatureSet(path)
    #expect(set.metadata.split == "test")
    #expect(set.metadata.facts.network == "mlp")
    #expect(set.metadata.classNames == ["a", "b"])
    #expect(set.metadata.epoch == nil)
    #expect(set.warnings == [])
  }

  @Test func aFolderOfArrays() throws {
    folder.write(NPYWriter.file([1, 2, 3, 4], [2, 2]), to: "set/features.npy")
    folder.write(NPYWriter.file([0, 1]), to: "set/labels.npy")
    let set = try FeatureSet(folder("set"))
    #expect(try set.layers[0].rows.floats(0..<2) == [1, 2, 3, 4])
    #expect(try set.labels.all() == [0, 1])
  }
}
