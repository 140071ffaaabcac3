import CollapseCore
import NeuralCollapse
import Synchronization
import Testing

/// Rows are streamed: how often and how many at a time they are asked for.
@Suite struct StreamingTests {
  /// Rows that count how often each was read, and the most that were read at once.
  private final class CountedRows: RowBlocks {
    let rows: InMemoryRows
    let counts: Mutex<[Int]>
    let largest = Mutex(0)

    init(_ rows: InMemoryRows) {
      self.rows = rows
      counts = Mutex(Array(repeating: 0, count: rows.rowCount))
    }

    var rowCount: Int { rows.rowCount }
    var columnCount: Int { rows.columnCount }
    var precision: RowPrecision { rows.precision }

    func read(_ range: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) throws {
      note(range)
      rows.read(range, into: buffer)
    }

    func read(_ range: Range<Int>, into buffer: UnsafeMutableBufferPointer<Double>) throws {
      note(range)
      rows.read(range, into: buffer)
    }

    private func note(_ range: Range<Int>) {
      counts.withLock { counts in for row in range { counts[row] += 1 } }
      largest.withLock { $0 = max($0, range.count) }
    }
  }

  /// Two passes whatever is measured, in blocks whose size does not grow with the set.
  @Test(arguments: [1, 3], [false, true]) func everyRowIsReadTwice(
    threads: Int, spectrum: Bool
  ) throws {
    var blocks: [Int] = []
    for count in [5_000, 20_000] {
      let item = FeatureCase.gaussian(
        "rows", counts: [count / 2, count / 2], means: FeatureCase.randomMeans(2, 8, seed: 1),
        spread: 0.5, seed: 1)
      let rows = CountedRows(item.rows)
      var options = AnalysisOptions()
      options.threads = threads
      options.spectrum = spectrum
      _ = try CollapseAnalyzer(options: options).analyze(
        features: rows, labels: InMemoryLabels(item.labels), classifier: item.classifier)
      #expect(rows.counts.withLock { $0.allSatisfy { $0 == 2 } })
      blocks.append(rows.largest.withLock { $0 })
    }
    #expect(blocks[0] == blocks[1])
  }
}
