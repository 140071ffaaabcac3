public import CollapseCore

/// The sum ZᵀZ over blocks of rows, part by part: threads that take a part each share nothing.
///
/// A narrow matrix is summed up several times, each time over some of the blocks, as triangles of their
/// own; a wide one once, panel by panel of its columns. Which blocks and columns a part is of follows
/// from the numbers of blocks and columns alone.
public final class ScatterMatrix: Codable, @unchecked Sendable {
  /// Up to which a matrix is not cut: BLAS is quickest with whole triangles.
  private static let narrowColumns = 1024
  private static let panelWidth = 512
  private static let copies = 2

  public let columns: Int
  /// Row-major, upper triangles: all rows once they are settled, then those not yet put to them.
  private let sums: [AlignedBuffer]
  private let products: Products
  /// How many blocks have been added since all parts were put together.
  private var blockCount = 0

  /// - Throws: ``LinearAlgebraError`` where BLAS is missing.
  public init(columns: Int) throws {
    self.columns = columns
    let copies = columns > ScatterMatrix.narrowColumns ? 1 : ScatterMatrix.copies
    sums = (0..<copies).map { _ in AlignedBuffer(count: columns * columns) }
    products = try Products()
  }

  /// How many parts there are.
  public var partCount: Int {
    sums.count > 1
      ? sums.count : (columns + ScatterMatrix.panelWidth - 1) / ScatterMatrix.panelWidth
  }

  /// Adds a block of rows, `stride` apart, as far as a part is concerned with it.
  ///
  /// - Parameter place: how many blocks have come since ``blocksWereAdded(_:)`` was told of others, by
  ///   which parts share them.
  public func add(
    _ rows: UnsafePointer<Double>, count: Int, stride: Int, place: Int, part: Int
  ) {
    if sums.count > 1 {
      guard (blockCount + place) % sums.count == part else { return }
      products.addGram(of: rows, rows: count, columns: columns, stride: stride, to: sums[part].base)
    } else {
      let first = part * ScatterMatrix.panelWidth
      let width = min(ScatterMatrix.panelWidth, columns - first)
      let sum = sums[0].base + first
      products.addCross(
        rows, columns: first, rows + first, columns: width, rows: count, stride: stride, to: sum,
        stride: columns)
      products.addGram(
        of: rows + first, rows: count, columns: width, stride: stride, to: sum + first * columns,
        stride: columns)
    }
  }

  /// Is told that every part has seen so many blocks more.
  public func blocksWereAdded(_ count: Int) { blockCount += count }

  /// Puts the parts' sums together, as ``merge(_:)`` wants them.
  public func settle() {
    guard blockCount > 0 else { return }
    for copy in sums.dropFirst() {
      sums[0].add(copy)
      copy.removeAll()
    }
    blockCount = 0
  }

  public func removeAll() {
    // The others are empty where nothing has come since they were settled.
    for sum in blockCount > 0 ? sums[...] : sums.prefix(1) { sum.removeAll() }
    blockCount = 0
  }

  /// Adds the rows of `later`; both are settled.
  public func merge(_ later: ScatterMatrix) { sums[0].add(later.sums[0]) }

  /// The whole matrix, once it is settled.
  public func symmetricMatrix() -> Matrix {
    let sum = sums[0].base
    let elements = [Double](unsafeUninitializedCapacity: columns * columns) { buffer, count in
      for row in 0..<columns {
        for column in row..<columns {
          let element = sum[row * columns + column]
          buffer[row * columns + column] = element
          buffer[column * columns + row] = element
        }
      }
      count = columns * columns
    }
    return Matrix(rows: columns, columns: columns, elements: elements)
  }

  private enum CodingKeys: CodingKey { case columns, sum }

  public convenience init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let columns = try container.decode(Int.self, forKey: .columns)
    let elements = try container.decode([Double].self, forKey: .sum)
    // Before room is made for them.
    guard (1...1 << 24).contains(columns), elements.count == max(columns * columns, 8) else {
      throw ArrayCodingError("\(elements.count) numbers of \(columns) × \(columns)")
    }
    try self.init(columns: columns)
    sums[0].assign(elements)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(columns, forKey: .columns)
    try container.encode(sums[0].elements, forKey: .sum)
  }
}
