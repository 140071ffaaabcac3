import Arrays
import CollapseCore
import FeatureStore
import Files
import TestSupport
import Testing

/// NPY headers that lie, and the sentence each is refused with.
@Suite struct NPYRefusalTests {
  static func header(_ text: String, data: Int = 24, version: UInt8 = 1) -> [UInt8] {
    NPYWriter.file(header: text, data: [UInt8](repeating: 0, count: data), version: version)
  }

  static let good = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }"

  static let lies: [MalformedFile] = [
    .init(
      "fewer bytes than the shape", header(good, data: 23),
      "shape 3×2 of float32 needs 24 bytes after the header, found 23"),
    .init(
      "more bytes than the shape", header(good, data: 25),
      "shape 3×2 of float32 needs 24 bytes after the header, found 25"),
    .init(
      "a shape larger than memory",
      header("{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904, 1), }"),
      "shape 4611686018427387904×1 of float64 needs more bytes than any file has after the "
        + "header, found 24"),
    .init(
      "a shape whose product overflows",
      header("{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296), }"),
      "shape [4294967296, 4294967296] has more elements than any file"),
    .init(
      "a dimension beyond 63 bits",
      header("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999, 1), }"),
      "dimension 99999999999999999999 in the NPY header is larger than any file"),
    .init(
      "a negative dimension",
      header("{'descr': '<f8', 'fortran_order': False, 'shape': (-1, 2), }"),
      "expected a dimension at byte 61 of the NPY header, found '-'"),
    .init("cut in the magic", Array(header(good)[..<9]), "no NPY header"),
    .init(
      "cut in the header", Array(header(good)[..<40]), "an NPY header of 118 bytes in 40 bytes"),
    .init(
      "cut in the length", Array(header(good, version: 2)[..<11]),
      "an NPY header that is cut short"),
    .init(
      "a newer version", header(good, version: 4),
      "NPY version 4.0 is newer than 3.0, the newest that can be read"),
    .init(
      "an absurd header length",
      NPYWriter.file(header: good, data: [], version: 2, declaredLength: 0xffff_fff0),
      "an NPY header of 4294967280 bytes, expected at most 65536"),
    .init(
      "objects", header("{'descr': '|O', 'fortran_order': False, 'shape': (3, 2), }"),
      "elements of type '|O', pickled Python objects, which are never loaded: expected real "
        + "numbers"),
    .init(
      "complex numbers", header("{'descr': '<c8', 'fortran_order': False, 'shape': (3, 2), }"),
      "elements of type '<c8', complex numbers: expected real numbers"),
    .init(
      "strings", header("{'descr': '<U5', 'fortran_order': False, 'shape': (3, 2), }"),
      "elements of type '<U5', strings: expected real numbers"),
    .init(
      "quadruple precision", header("{'descr': '<f16', 'fortran_order': False, 'shape': (3,), }"),
      "elements of type '<f16': expected real numbers"),
    .init(
      "a structured type",
      header("{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (3, 2), }"),
      "'descr' of several fields in the NPY header, expected one type"),
    .init(
      "no order", header("{'descr': '<f4', 'shape': (3, 2), }"),
      "an NPY header without all of 'descr', 'fortran_order' and 'shape'"),
    .init(
      "a key twice", header("{'descr': '<f4', 'descr': '<f8', }"), "'descr' twice in the NPY header"
    ),
    .init(
      "another key", header("{'shape': (3, 2), 'eval': 'x', }"),
      "'eval' in the NPY header, expected 'descr', 'fortran_order' and 'shape'"),
    .init(
      "an expression", header("{'descr': __import__('os').system('id'), }"),
      "expected a string at byte 20 of the NPY header, found '_'"),
    .init(
      "an escape", header("{'descr': '\\x3cf4', }"),
      "expected a string of plain characters at byte 20 of the NPY header, found '''"),
    .init(
      "a string without end", header("{'descr': '<f4"),
      "expected a string that ends at byte 20 of the NPY header, found '''"),
    .init(
      "a number as order", header("{'fortran_order': 1, }"),
      "expected True or False at byte 28 of the NPY header, found '1'"),
    .init(
      "a number as shape", header("{'shape': (6), }"),
      "expected a comma after the one dimension at byte 22 of the NPY header, found ')'"),
    .init(
      "something after the dictionary", header(good + "; import os"),
      "expected the end of the header at byte 69 of the NPY header, found ';'"),
    .init(
      "no dictionary", header("\u{1}"), "expected '{' at byte 10 of the NPY header, found '\\u{01}'"
    ),
    .init(
      "a single number",
      header("{'descr': '<f8', 'fortran_order': False, 'shape': (), }", data: 8),
      "expected features of shape N×d, found a single value"),
    .init(
      "one axis", header("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }"),
      "expected features of shape N×d, found 3"),
    .init(
      "no rows", header("{'descr': '<f8', 'fortran_order': True, 'shape': (0, 3), }", data: 0),
      "it holds no features: its shape is 0×3"),
  ]

  @Test(arguments: lies) func headerIsRefused(_ file: MalformedFile) { file.expectRefusal("a.npy") }

  /// What NumPy 1 of Python 2 and the newer versions of the format write is read as well.
  static let spellings: [(header: String, version: UInt8)] = [
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (3L, 2L), }", 1),
    ("{\"shape\":(3,2),\"fortran_order\":False,\"descr\":\"<f4\"}", 2),
    (good, 3),
  ]

  @Test(arguments: spellings) func otherSpellingsAreRead(header: String, version: UInt8) throws {
    let folder = TemporaryFolder()
    let values: [Float] = [1, 2, 3, 4, 5, 6]
    let path = folder.write(
      NPYWriter.file(header: header, data: LittleEndian.bytes(values), version: version),
      to: "a.npy")
    var options = FeatureFileOptions()
    options.requiresLabels = false
    let file = try FeatureSet(path, options: options)
    #expect(try file.layers[0].rows.floats(0..<3) == values)
  }

  /// A damaged member of an archive is named.
  @Test func memberOfAnArchiveIsNamed() {
    let folder = TemporaryFolder()
    let archive = ZipWriter([.init("features.npy", Self.header(Self.good, data: 8)).deflated])
    let path = folder.write(archive.bytes, to: "a.npz")
    let error = #expect(throws: ArrayFileError.self) { try FeatureSet(path) }
    #expect(
      error?.description
        == "\(path), array 'features': shape 3×2 of float32 needs 24 bytes after the header, "
        + "found 8")
  }
}
