/// Where rows lie in parts that follow each other.
public struct RowSpans: Sendable {
  /// The row at which each part starts, and the end of the last.
  private let starts: [Int]

  /// - Parameter starts: ascending from 0; the last is the number of all rows.
  public init(_ starts: [Int]) { self.starts = starts }

  /// The parts of the given lengths.
  public init(counts: some Sequence<Int>) {
    starts = counts.reduce(into: [0]) { $0.append($0.last! + $1) }
  }

  /// Number of rows of all parts.
  public var rowCount: Int { starts.last! }

  /// Calls `body` with each part that `rows` reaches into, the rows of the part, and how many of
  /// `rows` come before them.
  public func forEach(
    in rows: Range<Int>, _ body: (_ part: Int, _ rows: Range<Int>, _ offset: Int) throws -> Void
  ) rethrows {
    var row = rows.lowerBound
    // The last part that starts at or before the first row; empty ones before it are passed over.
    var (low, high) = (0, starts.count - 1)
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= row { low = middle } else { high = middle }
    }
    var part = low
    while row < rows.upperBound {
      let end = min(starts[part + 1], rows.upperBound)
      if row < end {
        try body(part, row - starts[part]..<end - starts[part], row - rows.lowerBound)
        row = end
      }
      part += 1
    }
  }
}
