import CollapseCore
import LinearAlgebra

/// Sums that came from elsewhere: nothing is taken for granted of how many there are, or how large.
extension [PartialSums] {
  /// The most stripes of rows, rows and samples that anything here is counted up to.
  static let most = 1 << 48

  /// - Throws: ``PartialSumsError`` where a part's own numbers contradict each other.
  func checkSizes() throws {
    for (place, sums) in enumerated() {
      func refuse(_ what: String) -> PartialSumsError { .malformed(place: place, what: what) }
      let frame = sums.frame
      guard (1...[PartialSums].most).contains(frame.rows), (1...1 << 24).contains(frame.columns),
        (1...frame.rows).contains(frame.stripes)
      else { throw refuse("\(frame.rows) rows of \(frame.columns), \(frame.stripes) stripes") }
      guard zip(frame.labels, frame.labels.dropFirst()).allSatisfy({ $0 < $1 }),
        frame.labels.first ?? 0 >= 0
      else { throw refuse("its labels do not ascend") }
      for (level, index) in sums.means.map({ ($0.level, $0.index) })
        + sums.scatter.map({ ($0.level, $0.index) })
      {
        guard (0...48).contains(level), index >= 0, index <= (frame.stripes - 1) >> level else {
          throw refuse("node \(index) of level \(level), of \(frame.stripes) stripes")
        }
      }
      for node in sums.means
      where !node.sum.isOf(classes: frame.labels.count, columns: frame.columns) {
        throw refuse("its sums are of other classes or features than it says")
      }
    }
  }

  /// - Throws: ``PartialSumsError`` where sums are not those of so many classes.
  func checkScatter(classes: Int, factors: Int) throws {
    for (place, sums) in enumerated() {
      let hasScatter = self[0].scatter.first?.sum.scatter != nil
      for node in sums.scatter
      where !node.sum.isOf(classes: classes, columns: sums.frame.columns, factors: factors)
        || (node.sum.scatter != nil) != hasScatter
      {
        throw PartialSumsError.malformed(
          place: place, what: "its sums are of other classes or features than it says")
      }
    }
  }
}

extension AlignedBuffer {
  /// Whether it was made for `rows` × `columns` doubles.
  func isOf(_ rows: Int, _ columns: Int = 1) -> Bool {
    let (wanted, overflows) = rows.multipliedReportingOverflow(by: columns)
    return !overflows && count == Swift.max(wanted, AlignedBuffer.alignment / 8)
  }
}

extension Sequence<Int> {
  /// Whether each counts something: large sums of them fit a word.
  var areCounts: Bool { allSatisfy { (0...[PartialSums].most).contains($0) } }
}

extension MeanSums {
  func isOf(classes: Int, columns: Int) -> Bool {
    self.columns == columns && counts.count == classes && counts.areCounts
      && means.isOf(classes, stride) && [nonFinite, ignored].areCounts
  }
}

extension ScatterSums {
  func isOf(classes: Int, columns: Int, factors count: Int) -> Bool {
    let stride = paddedStride(columns)
    return withinSquares.isOf(classes) && projectedSquares.isOf(classes)
      && centred.isOf(classes: classes, stride: stride)
      && uncentred.isOf(classes: classes, stride: stride) && decisions.isOf(classes: classes)
      && loss.isSound && scatter?.columns ?? columns == columns && factors.count == count
      && factors.allSatisfy { $0.columnCount == columns }
  }
}

extension DecisionSums {
  func isOf(classes: Int) -> Bool {
    correct.count == classes && nearestMeanCorrect.count == classes && correct.areCounts
      && nearestMeanCorrect.areCounts && [mismatches, rechecked ?? 0].areCounts
  }
}

extension LossSums {
  var isSound: Bool { margins.isSound && cosineMargins.isSound }
}

extension MarginSums {
  var isSound: Bool { [count].areCounts && sketch.isSound }
}
