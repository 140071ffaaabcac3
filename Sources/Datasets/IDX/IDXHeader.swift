import CollapseCore

/// The head of an IDX file: two zero bytes, the element type, the rank, then one big-endian
/// 32-bit size per axis.
struct IDXHeader {
  /// What is expected in the file.
  enum Content: String {
    case images
    case labels

    var ranks: ClosedRange<Int> { self == .images ? 3...4 : 1...1 }

    var ranksDescription: String {
      self == .images ? "3 (count, rows, columns) or 4 (count, channels, rows, columns)" : "1"
    }
  }

  let dimensions: [Int]
  /// Product of the dimensions.
  let elementCount: Int
  /// Bytes of the header itself.
  var byteCount: Int { 4 + 4 * dimensions.count }

  /// IDX's element types; only unsigned bytes hold images and labels.
  private static let elementTypes: [UInt8: String] = [
    0x08: "unsigned byte", 0x09: "signed byte", 0x0B: "int16", 0x0C: "int32", 0x0D: "float32",
    0x0E: "float64",
  ]

  /// Whether `bytes` begin like an IDX file of any element type.
  static func matches(_ bytes: some Collection<UInt8>) -> Bool {
    let start = Array(bytes.prefix(4))
    return start.count == 4 && start[0] == 0 && start[1] == 0 && elementTypes[start[2]] != nil
      && (1...8).contains(start[3])
  }

  /// Reads a header; `next` yields the bytes that follow, fewer than asked for only at the end.
  ///
  /// - Parameter place: how to name an offset: "byte 4".
  init(
    expecting content: Content, file: String, place: (Int) -> String,
    next: (_ count: Int) throws -> [UInt8]
  ) throws {
    func problem(at byte: Int, _ text: String) -> DatasetError {
      DatasetError(file: file, location: place(byte), problem: text)
    }
    let magic = try next(4)
    guard magic.count == 4 else {
      throw problem(at: 0, "an IDX header begins with 4 bytes, found \(magic.count)")
    }
    guard magic[0] == 0, magic[1] == 0 else {
      throw problem(
        at: 0,
        "expected the magic number of IDX \(content.rawValue) "
          + "(00 00 08 0\(content.ranks.lowerBound)), found \(Hexadecimal.bytes(magic))")
    }
    guard magic[2] == 0x08 else {
      let found = Self.elementTypes[magic[2]] ?? "none of IDX's"
      throw problem(
        at: 2,
        "expected elements of type unsigned byte (08), found \(Hexadecimal.bytes([magic[2]])) (\(found))"
      )
    }
    let rank = Int(magic[3])
    guard content.ranks.contains(rank) else {
      throw problem(
        at: 3, "\(content.rawValue) have rank \(content.ranksDescription), found \(rank)")
    }
    let sizes = try next(4 * rank)
    guard sizes.count == 4 * rank else {
      throw problem(at: 4, "the sizes of rank \(rank) take \(4 * rank) bytes, found \(sizes.count)")
    }
    dimensions = (0..<rank).map { axis in
      sizes[4 * axis..<4 * axis + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    guard let count = Shape.elementCount(of: dimensions), count <= Int.max / 2 else {
      throw problem(at: 4, "the sizes \(Shape(dimensions)) overflow")
    }
    if let empty = dimensions.firstIndex(of: 0) {
      throw problem(
        at: 4 + 4 * empty, "expected a positive size in every axis, found \(Shape(dimensions))")
    }
    elementCount = count
  }
}
