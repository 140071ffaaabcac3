import Arrays
import CollapseCore
import FeatureStore
import Files
import TestSupport
import Testing

/// Every element type, byte order and layout gives the numbers that were stored.
@Suite struct ForeignElementTests {
  let folder = TemporaryFolder()

  /// An NPY file of 3×2 numbers: the same six, however they are stored.
  struct Stored: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]
    let values: [Double]
    var precision = RowPrecision.float32

    init(
      _ descriptor: String, _ data: [UInt8], _ values: [Double],
      _ precision: RowPrecision = .float32
    ) {
      testDescription = descriptor
      bytes = NPYWriter.file(descriptor, [3, 2], data: data)
      self.values = values
      self.precision = precision
    }
  }

  static let half: [UInt16] = [0x3c00, 0x0001, 0x8400, 0x7bff, 0xfc00, 0x83ff]
  static let halves: [Double] = [1, 0x1p-24, -0x1p-14, 65504, -.infinity, -0x1.ff8p-15]
  static let brain: [UInt16] = [0x3f80, 0x0001, 0xc000, 0x7f7f, 0xff80, 0x4049]
  static let brains: [Double] = [1, 0x1p-133, -2, 0x1.fep127, -.infinity, 3.140625]
  static let floats: [Float] = [1.5, -0.1, 3e38, 0x1p-149, .infinity, -0.0]

  static let stored: [Stored] = [
    Stored("<f2", LittleEndian.bytes(half), halves),
    Stored(">f2", LittleEndian.swapped(LittleEndian.bytes(half), size: 2), halves),
    Stored("<V2", LittleEndian.bytes(brain), brains),
    Stored("<f4", LittleEndian.bytes(floats), floats.map { Double($0) }),
    Stored(
      ">f4", LittleEndian.swapped(LittleEndian.bytes(floats), size: 4), floats.map { Double($0) }),
    Stored(
      "=f8", LittleEndian.bytes([0.1, -1e300, 0x1p-1074, 2, 3, 4]),
      [0.1, -1e300, 0x1p-1074, 2, 3, 4], .float64),
    Stored(
      ">f8", LittleEndian.swapped(LittleEndian.bytes([0.1, -1e300, 0x1p-1074, 2, 3, 4]), size: 8),
      [0.1, -1e300, 0x1p-1074, 2, 3, 4], .float64),
    Stored("|i1", [0, 1, 0x7f, 0x80, 0xff, 2], [0, 1, 127, -128, -1, 2]),
    Stored("|u1", [0, 1, 0x7f, 0x80, 0xff, 2], [0, 1, 127, 128, 255, 2]),
    Stored("|b1", [0, 1, 1, 0, 1, 0], [0, 1, 1, 0, 1, 0]),
    Stored(
      "<i2", LittleEndian.bytes([0, 1, 32767, -32768, -1, 2] as [Int16]),
      [0, 1, 32767, -32768, -1, 2]),
    Stored(
      "<i4", LittleEndian.bytes([0, 1, .max, .min, -1, 2] as [Int32]),
      [0, 1, 2_147_483_647, -2_147_483_648, -1, 2], .float64),
    Stored(
      "<u4", LittleEndian.bytes([0, 1, .max, 3, 4, 2] as [UInt32]),
      [0, 1, 4_294_967_295, 3, 4, 2], .float64),
    Stored(
      "<i8", LittleEndian.bytes([0, 1, 1 << 53, -(1 << 53), -1, 2] as [Int64]),
      [0, 1, 0x1p53, -0x1p53, -1, 2], .float64),
    Stored(
      "<u8", LittleEndian.bytes([0, 1, 1 << 53, 1 << 60, 7, 2] as [UInt64]),
      [0, 1, 0x1p53, 0x1p60, 7, 2], .float64),
  ]

  @Test(arguments: stored) func numbersAreExact(_ stored: Stored) throws {
    let path = folder.write(stored.bytes, to: "features.npy")
    var options = FeatureFileOptions()
    options.requiresLabels = false
    let rows = try FeatureSet(path, options: options).layers[0].rows
    #expect(rows.rowCount == 3)
    #expect(rows.columnCount == 2)
    #expect(rows.precision == stored.precision)
    #expect(try rows.doubles(0..<3) == stored.values)
    #expect(try rows.doubles(1..<2) == Array(stored.values[2..<4]))
    if rows.precision == .float32 {
      #expect(try rows.floats(0..<3) == stored.values.map { Float($0) })
    }
  }

  @Test(arguments: [("<i8", 1), ("<u8", 4)]) func integersBeyondFloat64AreNamed(
    descriptor: String, row: Int
  ) throws {
    var words = [UInt64](repeating: 3, count: 10)
    words[2 * row + 1] = 1 << 53 + 1
    let path = folder.write(
      NPYWriter.file(descriptor, [5, 2], data: LittleEndian.bytes(words)), to: "a.npy")
    var options = FeatureFileOptions()
    options.requiresLabels = false
    let rows = try FeatureSet(path, options: options).layers[0].rows
    let error = #expect(throws: ArrayFileError.self) { try rows.doubles(0..<5) }
    #expect(
      error?.description
        == "\(path): row \(row): an integer beyond 53 bits fits no float64 exactly")
  }

  @Test func uint16MustBeExplained() throws {
    let path = folder.write(
      NPYWriter.file("<u2", [3, 2], data: LittleEndian.bytes(Self.brain)), to: "a.npy")
    var options = FeatureFileOptions()
    options.requiresLabels = false
    let error = #expect(throws: ArrayFileError.self) {
      try FeatureSet(path, options: options)
    }
    #expect(
      error?.description
        == "\(path): it holds uint16, which may be integers or the bits of bfloat16: say which")
    options.uint16Meaning = .bfloat16
    #expect(
      try FeatureSet(path, options: options).layers[0].rows.doubles(0..<3) == Self.brains)
    options.uint16Meaning = .integer
    #expect(
      try FeatureSet(path, options: options).layers[0].rows.floats(0..<1) == [16256, 1])
  }
}
