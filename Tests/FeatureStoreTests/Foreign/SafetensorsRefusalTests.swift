import CollapseCore
import FeatureStore
import Files
import TestSupport
import Testing

/// Safetensors headers that lie, and the sentence each is refused with.
@Suite struct SafetensorsRefusalTests {
  static func file(_ header: String, data: Int = 24, length: UInt64? = nil) -> [UInt8] {
    SafetensorsWriter.file(
      header: header, data: [UInt8](repeating: 0, count: data), declaredLength: length)
  }

  static func tensors(_ entries: (name: String, from: Int, to: Int)...) -> [UInt8] {
    let items = entries.map {
      "\"\($0.name)\":{\"dtype\":\"U8\",\"shape\":[\($0.to - $0.from)],"
        + "\"data_offsets\":[\($0.from),\($0.to)]}"
    }
    return file("{\(items.joined(separator: ","))}")
  }

  static func features(_ type: String, _ shape: String, _ offsets: String) -> [UInt8] {
    file("{\"features\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}}")
  }

  static let lies: [MalformedFile] = [
    .init(
      "an absurd header length", file("{}", length: 1 << 62),
      "a safetensors header of 4611686018427387904 bytes, expected at most 100000000"),
    .init(
      "the largest header length", file("{}", length: .max),
      "a safetensors header of 9223372036854775807 bytes, expected at most 100000000"),
    .init(
      "a header longer than the file", file("{}", length: 1000),
      "a safetensors header of 1000 bytes in a file of 34"),
    .init(
      "no JSON", file("{\"features\":"), "a safetensors header that is no JSON table of tensors"),
    .init(
      "nested without end",
      file(String(repeating: "{\"a\":", count: 100_000)),
      "a safetensors header that is no JSON table of tensors"),
    .init(
      "metadata that is no text", file("{\"__metadata__\":{\"epoch\":3}}", data: 0),
      "a safetensors header that is no JSON table of tensors"),
    .init(
      "overlapping", tensors(("a", 0, 16), ("b", 8, 24)), at: "tensor 'b'",
      "data_offsets [8, 24] overlap those of 'a'"),
    .init(
      "the same bytes", tensors(("a", 0, 24), ("b", 0, 24)), at: "tensor 'b'",
      "data_offsets [0, 24] overlap those of 'a'"),
    .init(
      "a gap", tensors(("a", 0, 8), ("b", 16, 24)), at: "tensor 'b'",
      "8 bytes before it belong to no tensor"),
    .init(
      "bytes left over", tensors(("a", 0, 8)), "16 bytes after the last tensor belong to none"),
    .init(
      "offsets outside", tensors(("a", 0, 25)), at: "tensor 'a'",
      "data_offsets [0, 25] do not lie in the file's 24 bytes of data"),
    .init(
      "negative offsets", features("F32", "[3,2]", "[-24,0]"), at: "tensor 'features'",
      "data_offsets [-24, 0] do not lie in the file's 24 bytes of data"),
    .init(
      "offsets the wrong way round", features("F32", "[3,2]", "[24,0]"), at: "tensor 'features'",
      "data_offsets [24, 0] do not lie in the file's 24 bytes of data"),
    .init(
      "one offset", features("F32", "[3,2]", "[24]"), at: "tensor 'features'",
      "data_offsets [24] do not lie in the file's 24 bytes of data"),
    .init(
      "offsets beyond 63 bits", features("F32", "[3,2]", "[0,18446744073709551616]"),
      "a safetensors header that is no JSON table of tensors"),
    .init(
      "no shape", file("{\"features\":{\"dtype\":\"F32\",\"data_offsets\":[0,24]}}"),
      at: "tensor 'features'", "expected 'dtype', 'shape' and 'data_offsets' in the header"),
    .init(
      "a shape that does not fit", features("F32", "[3,3]", "[0,24]"), at: "tensor 'features'",
      "shape [3, 3] of float32 does not fit its 24 bytes"),
    .init(
      "a shape that overflows", features("F32", "[4294967296,4294967296]", "[0,24]"),
      at: "tensor 'features'", "shape [4294967296, 4294967296] of float32 does not fit its 24 bytes"
    ),
    .init(
      "a negative shape", features("F32", "[-3,-2]", "[0,24]"), at: "tensor 'features'",
      "shape [-3, -2] of float32 does not fit its 24 bytes"),
    .init(
      "another type", features("F8_E4M3", "[12,2]", "[0,24]"), at: "tensor 'features'",
      "elements of type 'F8_E4M3' are not read"),
    .init(
      "no features", tensors(("a", 0, 8), ("b", 8, 24)),
      "neither 'features' nor tensors named 'layers/…'; it has 'a', 'b': say which are the "
        + "features"),
  ]

  @Test(arguments: lies) func headerIsRefused(_ file: MalformedFile) {
    file.expectRefusal("a.safetensors")
  }

  /// A tensor of a type that cannot be read is no reason to refuse the others.
  @Test func otherTensorsMayBeOfAnyType() throws {
    let folder = TemporaryFolder()
    let bytes = SafetensorsWriter.file([
      ("scale", "F8_E5M2", [4], [0, 0, 0, 0]),
      ("features", "F32", [2, 1], LittleEndian.bytes([1, 2] as [Float])),
      ("labels", "I16", [2], LittleEndian.bytes([0, 1] as [Int16])),
    ])
    let file = try FeatureSet(folder.write(bytes, to: "a.safetensors"))
    #expect(try file.layers[0].rows.floats(0..<2) == [1, 2])
    #expect(try file.labels.all() == [0, 1])
  }
}
