/// Sorts the rows of a block by class, in buffers that serve one block after another.
final class RowOrder: @unchecked Sendable {
  private let classCount: Int
  private var starts: [Int32]
  private var rows: [Int32]

  init(classes: Int, blockRows: Int) {
    classCount = classes
    starts = Array(repeating: 0, count: classes + 1)
    rows = Array(repeating: 0, count: max(1, blockRows))
  }

  /// The numbers of the rows whose class is not negative, those of a class next to one another and
  /// ascending; valid until the next call.
  func sort(_ classes: UnsafePointer<Int32>, count: Int) -> UnsafeBufferPointer<Int32> {
    let kept = rows.withUnsafeMutableBufferPointer { rows in
      // With more classes than rows few rows would find company.
      classCount > count
        ? RowOrder.select(classes, count: count, into: rows)
        : starts.withUnsafeMutableBufferPointer {
          RowOrder.sort(classes, count: count, starts: $0, into: rows)
        }
    }
    return rows.withUnsafeBufferPointer { UnsafeBufferPointer(rebasing: $0[..<kept]) }
  }

  private static func select(
    _ classes: UnsafePointer<Int32>, count: Int, into rows: UnsafeMutableBufferPointer<Int32>
  ) -> Int {
    var kept = 0
    for row in 0..<count where classes[row] >= 0 {
      rows[kept] = Int32(row)
      kept += 1
    }
    return kept
  }

  private static func sort(
    _ classes: UnsafePointer<Int32>, count: Int, starts: UnsafeMutableBufferPointer<Int32>,
    into rows: UnsafeMutableBufferPointer<Int32>
  ) -> Int {
    starts.update(repeating: 0)
    for row in 0..<count where classes[row] >= 0 { starts[Int(classes[row]) + 1] += 1 }
    for index in 1..<starts.count { starts[index] += starts[index - 1] }
    let kept = Int(starts[starts.count - 1])
    for row in 0..<count where classes[row] >= 0 {
      rows[Int(starts[Int(classes[row])])] = Int32(row)
      starts[Int(classes[row])] += 1
    }
    return kept
  }
}
