/// Sorts the rows of a block by class, in buffers that serve one block after another.
final class RowOrder: @unchecked Sendable {
  private let classCount: Int
  private var starts: [Int32]
  private var rows: [Int32]

  init(classes: Int, blockRows: Int) {
    classCount = classes
    // With more classes than rows few rows would find company.
    starts = Array(repeating: 0, count: classes > blockRows ? 0 : classes + 1)
    rows = Array(repeating: 0, count: max(1, blockRows))
  }

  /// The numbers of the rows whose class is in `classes`, those of a class next to one another and
  /// in their order: what belongs to a class then stays in the nearest cache. Valid until the next
  /// call.
  func sort(_ block: RowBlock, classes: Range<Int>) -> UnsafeBufferPointer<Int32> {
    let of = UnsafePointer(block.classes)
    let kept = rows.withUnsafeMutableBufferPointer { rows in
      starts.isEmpty
        ? RowOrder.select(of, count: block.count, classes, into: rows)
        : starts.withUnsafeMutableBufferPointer {
          RowOrder.sort(of, count: block.count, classes, starts: $0, into: rows)
        }
    }
    return rows.withUnsafeBufferPointer { UnsafeBufferPointer(rebasing: $0[..<kept]) }
  }

  private static func select(
    _ of: UnsafePointer<Int32>, count: Int, _ classes: Range<Int>,
    into rows: UnsafeMutableBufferPointer<Int32>
  ) -> Int {
    let (least, end) = (Int32(classes.lowerBound), Int32(classes.upperBound))
    var kept = 0
    for row in 0..<count where of[row] >= least && of[row] < end {
      rows[kept] = Int32(row)
      kept += 1
    }
    return kept
  }

  private static func sort(
    _ of: UnsafePointer<Int32>, count: Int, _ classes: Range<Int>,
    starts: UnsafeMutableBufferPointer<Int32>, into rows: UnsafeMutableBufferPointer<Int32>
  ) -> Int {
    let (least, end) = (Int32(classes.lowerBound), Int32(classes.upperBound))
    starts.update(repeating: 0)
    for row in 0..<count where of[row] >= least && of[row] < end { starts[Int(of[row]) + 1] += 1 }
    for index in 1..<starts.count { starts[index] += starts[index - 1] }
    let kept = Int(starts[starts.count - 1])
    for row in 0..<count where of[row] >= least && of[row] < end {
      rows[Int(starts[Int(of[row])])] = Int32(row)
      starts[Int(of[row])] += 1
    }
    return kept
  }
}
