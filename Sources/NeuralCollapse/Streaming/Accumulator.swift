/// Sums over rows that merge: those of two sets of rows are those of their union, whoever added them
/// up. Coded, they go from one machine to another.
///
/// Sums of stripes are merged along a `MergeTree`.
protocol Accumulator: AnyObject, Codable, Sendable {
  associatedtype Block
  /// Adds the rows of a block whose classes are in `classes`; what is not summed up by class is
  /// added with the first class.
  func add(_ block: Block, classes: Range<Int>)
  /// Adds the rows of `later`, which come behind those here.
  func merge(_ later: Self) throws
  /// Makes them the sums of no rows.
  func removeAll()
}
