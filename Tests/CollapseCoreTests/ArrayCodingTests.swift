import CollapseCore
import Testing

@Suite struct ArrayCodingTests {
  struct Inner: Codable, Equatable {
    var name: String
    var flag: Bool?
  }
  struct Value: Codable, Equatable {
    var numbers: [Double]
    var counts: [Int]
    var buckets: [Int32]
    var inner: [Inner]
    var byName: [String: [Double]]
    var least: Double
    var nothing: Int?
    var small: UInt16
  }

  private let value = Value(
    numbers: [0.1, -0.0, .infinity, .leastNonzeroMagnitude, 1e300], counts: [],
    buckets: [.min, 7, .max], inner: [Inner(name: "ä", flag: true), Inner(name: "", flag: nil)],
    byName: ["a": [], "b": [.pi]], least: .greatestFiniteMagnitude, nothing: nil, small: 65535)

  @Test func valuesComeBackToTheBit() throws {
    let bytes = try ArrayCoding.encode(value)
    let again = try ArrayCoding.decode(Value.self, from: bytes)
    #expect(again == value)
    #expect(again.numbers.map(\.bitPattern) == value.numbers.map(\.bitPattern))
    let quiet = [Double(bitPattern: 0x7FF8_0000_0000_1234)]
    let back = try ArrayCoding.decode([Double].self, from: ArrayCoding.encode(quiet))
    #expect(back.map(\.bitPattern) == quiet.map(\.bitPattern))
  }

  /// No damage ends the process, and none is taken for a value of another length.
  @Test func everyCutIsRefused() throws {
    let bytes = try ArrayCoding.encode(value)
    for end in bytes.indices {
      #expect(throws: (any Error).self) { try ArrayCoding.decode(Value.self, from: bytes[..<end]) }
    }
    #expect(throws: ArrayCodingError.self) { try ArrayCoding.decode(Value.self, from: bytes + [0]) }
    var generator = SeededGenerator(seed: 3, stream: "damage")
    for _ in 0..<2000 {
      var damaged = bytes
      for _ in 0..<3 {
        damaged[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(
          in: 0...255, using: &generator)
      }
      _ = try? ArrayCoding.decode(Value.self, from: damaged)
    }
  }

  @Test func whatIsMissingIsNamed() throws {
    let error = #expect(throws: ArrayCodingError.self) {
      try ArrayCoding.decode(Inner.self, from: ArrayCoding.encode(["flag": true]))
    }
    #expect(error?.description == "it has no field 'name'")
    let other = #expect(throws: ArrayCodingError.self) {
      try ArrayCoding.decode(Inner.self, from: ArrayCoding.encode(["name": 3]))
    }
    #expect(other?.description == "name: expected a text, found an integer")
  }
}
