import CollapseCore

/// The head of an IDX file: two zero bytes, the element type, the rank, then one big-endian
/// 32-bit size per axis.
struct IDXHeader {
  /// What is expected in the file.
  enum Content: String {
    case images
    case labels

    var ranks: ClosedRange<Int> { self == .images ? 3...4 : 1...2 }

    var ranksDescription: String {
      self == .images
        ? "3 (count, rows, columns) or 4 (count, channels, rows, columns)"
        : "1, or 2 as QMNIST's"
    }

    var elements: [Element] {
      self == .images ? [.unsignedByte] : [.unsignedByte, .signedByte, .int16, .int32]
    }
  }

  /// IDX's element types.
  enum Element: UInt8, CaseIterable {
    case unsignedByte = 0x08
    case signedByte = 0x09
    case int16 = 0x0B
    case int32 = 0x0C
    case float32 = 0x0D
    case float64 = 0x0E

    var name: String {
      self == .unsignedByte ? "unsigned byte" : self == .signedByte ? "signed byte" : "\(self)"
    }

    var byteCount: Int {
      switch self {
      case .unsignedByte, .signedByte: 1
      case .int16: 2
      case .int32, .float32: 4
      case .float64: 8
      }
    }
  }

  let element: Element
  let dimensions: [Int]
  /// Bytes of all elements.
  let contentByteCount: Int
  /// Bytes of the header itself.
  var byteCount: Int { 4 + 4 * dimensions.count }

  /// Whether `bytes` begin like an IDX file of any element type.
  static func matches(_ bytes: some Collection<UInt8>) -> Bool {
    let start = Array(bytes.prefix(4))
    return start.count == 4 && start[0] == 0 && start[1] == 0 && Element(rawValue: start[2]) != nil
      && (1...8).contains(start[3])
  }

  /// Reads a header.
  ///
  /// - Parameters:
  ///   - bytes: how the content begins: as many bytes as a header may have, or all there are.
  ///   - place: how to name an offset: "byte 4".
  init(
    _ bytes: [UInt8], expecting content: Content, file: String, place: (Int) -> String
  ) throws(DatasetError) {
    func problem(at byte: Int, _ text: String) -> DatasetError {
      DatasetError(file: file, location: place(byte), problem: text)
    }
    guard bytes.count >= 4 else {
      throw problem(at: 0, "an IDX header begins with 4 bytes, found \(bytes.count)")
    }
    guard bytes[0] == 0, bytes[1] == 0 else {
      if let remedy = FileContent.remedy(for: bytes) {
        throw problem(at: 0, "\(remedy) (\(Hexadecimal.bytes(bytes.prefix(4))))")
      }
      throw problem(
        at: 0,
        "expected the magic number of IDX \(content.rawValue) "
          + "(00 00 08 0\(content.ranks.lowerBound)), found \(Hexadecimal.bytes(bytes.prefix(4)))")
    }
    guard let element = Element(rawValue: bytes[2]), content.elements.contains(element) else {
      throw problem(
        at: 2,
        "expected elements of type "
          + content.elements.map { "\($0.name) (\(Hexadecimal.digits([$0.rawValue])))" }
          .joined(separator: ", ")
          + ", found \(Hexadecimal.digits([bytes[2]])) "
          + "(\(Element(rawValue: bytes[2])?.name ?? "none of IDX's"))")
    }
    self.element = element
    let rank = Int(bytes[3])
    guard content.ranks.contains(rank) else {
      throw problem(
        at: 3, "\(content.rawValue) have rank \(content.ranksDescription), found \(rank)")
    }
    let sizes = bytes[4...].prefix(4 * rank)
    guard sizes.count == 4 * rank else {
      throw problem(at: 4, "the sizes of rank \(rank) take \(4 * rank) bytes, found \(sizes.count)")
    }
    dimensions = (0..<rank).map { axis in
      sizes[4 + 4 * axis..<8 + 4 * axis].reduce(0) { $0 << 8 | Int($1) }
    }
    guard let count = Shape.elementCount(of: dimensions), count <= Int.max / 16 else {
      throw problem(at: 4, "the sizes \(Shape(dimensions)) overflow")
    }
    if let empty = dimensions.firstIndex(of: 0) {
      throw problem(
        at: 4 + 4 * empty, "expected a positive size in every axis, found \(Shape(dimensions))")
    }
    contentByteCount = count * element.byteCount
  }
}
