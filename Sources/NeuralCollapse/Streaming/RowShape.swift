/// How many rows of how many features there are: what the cut into stripes and blocks depends on
/// besides the classes.
struct RowShape: Sendable {
  /// N of each shard; none while nobody knows.
  var rowCounts: [Int]
  /// d.
  let columns: Int
  /// Rows per block, where they were stated.
  let blockRows: Int?

  /// N.
  var rowCount: Int { rowCounts.reduce(0, +) }

  /// - Parameter products: columns of the widest product a block is multiplied by.
  func partition(classes: Int, products: Int = 0) -> RowPartition {
    RowPartition(
      rowCounts: rowCounts, columns: columns, classes: classes, products: products,
      blockRows: blockRows)
  }
}
