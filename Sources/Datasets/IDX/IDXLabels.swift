import CollapseCore

/// The labels of an IDX file.
struct IDXLabels {
  /// One per image, 0 or more.
  let values: [Int]
  private let firstByte: Int
  private let stride: Int

  /// QMNIST's rows: the class, then who wrote it and where it comes from.
  private static let columnsOfQMNIST = 8

  init(
    _ content: [UInt8], _ header: IDXHeader, file: String, place: (Int) -> String
  ) throws(DatasetError) {
    let columns = header.dimensions.count == 2 ? header.dimensions[1] : 1
    guard columns == 1 || columns == Self.columnsOfQMNIST && header.element == .int32 else {
      throw DatasetError(
        file: file, location: place(8),
        problem: "labels of rank 2 are read as QMNIST's, int32 of shape N×8; "
          + "found \(header.element.name) of shape \(Shape(header.dimensions))")
    }
    let size = header.element.byteCount
    firstByte = header.byteCount
    stride = size * columns
    values = (0..<header.dimensions[0]).map { index in
      let bytes = content[index * size * columns..<index * size * columns + size]
      // Most significant byte first; its highest bit is the sign, but of unsigned bytes.
      let first = bytes.first!
      let start =
        header.element == .unsignedByte ? Int(first) : Int(Int8(bitPattern: first))
      return bytes.dropFirst().reduce(start) { $0 << 8 | Int($1) }
    }
    if let index = values.firstIndex(where: { $0 < 0 }) {
      throw DatasetError(
        file: file, location: place(byte(of: index)),
        problem: "expected a label of 0 or more, found \(values[index])")
    }
  }

  /// Where the label of an image stands in the content.
  func byte(of index: Int) -> Int { firstByte + index * stride }
}
