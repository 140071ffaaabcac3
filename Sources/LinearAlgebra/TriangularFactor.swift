import COpenBLAS
public import CollapseCore

/// The triangular factor R of a tall matrix Z that arrives in blocks of rows: RᵀR = ZᵀZ.
///
/// `orthogonal` transformations keep small singular values to the last digits of the largest one,
/// whatever their ratio. Through the `gram` matrix ZᵀZ, four times as fast, a singular value σ_k
/// carries an error of about 2⁻⁵³σ₁²/(2σ_k), which is harmless when no ratio is extreme.
public final class TriangularFactor: Codable, @unchecked Sendable {
  public enum Method: String, Sendable, Codable { case orthogonal, gram }

  private let method: Method
  private let columns: Int
  /// R in LAPACK's order.
  private let upper: AlignedBuffer
  private let gram: GramSum?
  /// Rows that wait, one column after another; `capacity` rows.
  private let waiting: AlignedBuffer
  private let capacity: Int
  private var waitingCount = 0
  private let reflectors: AlignedBuffer

  private static let panelWidth = 32

  private let functions: copenblas_functions

  /// - Throws: ``LinearAlgebraError`` where LAPACK is missing.
  public init(columns: Int, method: Method) throws {
    functions = try OpenBLAS.functions()
    self.method = method
    self.columns = columns
    capacity = max(1024, columns / 2)
    gram = method == .gram ? try GramSum(columns: columns) : nil
    upper = AlignedBuffer(count: method == .gram ? 0 : columns * columns)
    waiting = AlignedBuffer(count: method == .gram ? 0 : capacity * columns)
    reflectors = AlignedBuffer(
      count: method == .orthogonal ? TriangularFactor.panelWidth * columns : 0)
  }

  private enum CodingKeys: CodingKey { case method, columns, elements }

  public convenience init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let columns = try container.decode(Int.self, forKey: .columns)
    let elements = try container.decode([Double].self, forKey: .elements)
    // Before room is made for them.
    guard (1...1 << 24).contains(columns), elements.count == columns * columns else {
      throw ArrayCodingError("\(elements.count) numbers of \(columns) × \(columns)")
    }
    try self.init(
      columns: columns, method: try container.decode(Method.self, forKey: .method))
    if let gram {
      gram.assign(Matrix(rows: columns, columns: columns, elements: elements))
    } else {
      upper.assign(elements)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    try flush()
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(method, forKey: .method)
    try container.encode(columns, forKey: .columns)
    let elements =
      gram?.symmetricMatrix().elements ?? Array(upper.elements.prefix(columns * columns))
    try container.encode(elements, forKey: .elements)
  }

  /// d.
  public var columnCount: Int { columns }

  /// Bytes one factor takes.
  public static func byteCount(columns: Int) -> Int {
    8 * columns * (columns + max(1024, columns / 2) + panelWidth)
  }

  /// Adds `scale` times a row.
  public func append(_ row: UnsafePointer<Double>, scale: Double) throws {
    if let gram { return gram.append(row, scale: scale) }
    let target = waiting.base + waitingCount
    for column in 0..<columns { target[column * capacity] = scale * row[column] }
    waitingCount += 1
    if waitingCount == capacity { try flush() }
  }

  /// Adds rows, each times the scale of its class; rows of class −1 are left out.
  public func append(
    _ rows: UnsafePointer<Double>, stride: Int, classes: UnsafePointer<Int32>, scales: [Double],
    count: Int
  ) throws {
    for row in 0..<count where classes[row] >= 0 {
      try append(rows + row * stride, scale: scales[Int(classes[row])])
    }
  }

  /// Takes in the rows that wait.
  public func flush() throws {
    gram?.flush()
    guard waitingCount > 0 else { return }
    try eliminate(waiting, rows: waitingCount, leadingDimension: capacity, trapezoid: 0)
    waitingCount = 0
  }

  /// Makes it the factor of no rows.
  public func removeAll() {
    gram?.removeAll()
    upper.removeAll()
    waitingCount = 0
  }

  /// Adds the rows of `other`, which is used up.
  public func merge(_ other: TriangularFactor) throws {
    try other.flush()
    try flush()
    if let gram, let otherGram = other.gram {
      gram.add(otherGram)
    } else {
      try eliminate(
        other.upper, rows: columns, leadingDimension: columns, trapezoid: columns)
    }
  }

  private func eliminate(
    _ block: AlignedBuffer, rows: Int, leadingDimension: Int, trapezoid: Int
  ) throws {
    let panel = min(TriangularFactor.panelWidth, columns)
    try LinearAlgebraError.check(
      functions.dtpqrt(
        LAPACK_COL_MAJOR, Int32(rows), Int32(columns), Int32(trapezoid),
        Int32(panel), upper.base, Int32(columns), block.base,
        Int32(leadingDimension), reflectors.base, Int32(panel)), "dtpqrt")
  }

  /// R with RᵀR = ZᵀZ, d×d.
  public func triangle() throws -> Matrix {
    try flush()
    let factor = try gram.map { try factorized($0) } ?? upper
    var result = Matrix(rows: columns, columns: columns)
    for row in 0..<columns {
      for column in row..<columns { result[row, column] = factor.base[column * columns + row] }
    }
    return result
  }

  /// R of a Gram matrix, in LAPACK's order.
  private func factorized(_ gram: GramSum) throws -> AlignedBuffer {
    let factor = AlignedBuffer(count: columns * columns)
    gram.copyUpperTriangle(to: factor.base)
    let upperPart = CChar(UInt8(ascii: "U"))
    let n = Int32(columns)
    if functions.dpotrf(LAPACK_COL_MAJOR, upperPart, n, factor.base, n) == 0 { return factor }
    // Singular to rounding: √Λ Qᵀ serves as well, triangular once more by a QR factorization.
    let copy = AlignedBuffer(count: columns * columns)
    gram.copyUpperTriangle(to: copy.base)
    var eigenvalues = [Double](repeating: 0, count: columns)
    try LinearAlgebraError.check(
      functions.dsyevd(
        LAPACK_COL_MAJOR, CChar(UInt8(ascii: "V")), upperPart, n, copy.base, n, &eigenvalues),
      "dsyevd")
    for row in 0..<columns {
      let root = max(0, eigenvalues[row]).squareRoot()
      for column in 0..<columns {
        factor.base[column * columns + row] = root * copy.base[row * columns + column]
      }
    }
    var factors = [Double](repeating: 0, count: columns)
    try LinearAlgebraError.check(
      functions.dgeqrf(LAPACK_COL_MAJOR, n, n, factor.base, n, &factors), "dgeqrf")
    return factor
  }
}
