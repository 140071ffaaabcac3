/// The precision in which rows are delivered without loss.
public enum RowPrecision: String, Sendable, Hashable, Codable {
  /// The source holds float32 or narrower.
  case float32
  /// The source holds float64.
  case float64
}

/// N rows of d numbers, read in blocks: what a feature file provides and an analyzer consumes.
///
/// A reader may be asked for any rows, in any order, by several threads at once.
public protocol RowBlocks: Sendable {
  /// Number of rows, N.
  var rowCount: Int { get }
  /// Numbers per row, d.
  var columnCount: Int { get }
  /// The narrowest precision that loses nothing.
  var precision: RowPrecision { get }

  /// Reads rows as float32, one after another.
  ///
  /// - Precondition: `precision == .float32`, and `buffer.count == rows.count * columnCount`.
  /// - Throws: what keeps the rows from being read.
  func read(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) throws

  /// Reads rows as float64, one after another; exact for either precision.
  ///
  /// - Precondition: `buffer.count == rows.count * columnCount`.
  /// - Throws: what keeps the rows from being read.
  func read(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Double>) throws
}

/// N integer labels, read in blocks.
public protocol LabelBlocks: Sendable {
  /// Number of labels, N.
  var labelCount: Int { get }
  /// - Precondition: `buffer.count == rows.count`.
  /// - Throws: what keeps the labels from being read, or makes one of them none.
  func read(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Int64>) throws
}
