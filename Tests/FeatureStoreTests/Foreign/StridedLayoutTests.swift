import Arrays
import CollapseCore
import FeatureStore
import Files
import TestSupport
import Testing

/// Any block of rows of any strided array is what indexing says it is.
@Suite struct StridedLayoutTests {
  let folder = TemporaryFolder()

  /// A view of a storage of 0, 1, 2, …, as a tensor of a PyTorch file has it.
  struct View: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let shape: [Int]
    let strides: [Int]
    var offset = 0

    var elementCount: Int { offset + zip(shape, strides).map { ($0 - 1) * $1 }.reduce(1, +) }

    /// Its rows by the definition of strides.
    var rows: [[Double]] {
      (0..<shape[0]).map { row in
        var places = [offset + row * strides[0]]
        for (dimension, stride) in zip(shape, strides).dropFirst() {
          places = places.flatMap { place in (0..<dimension).map { place + $0 * stride } }
        }
        return places.map { Double($0) }
      }
    }
  }

  static let views: [View] = [
    View(testDescription: "rows", shape: [50, 7], strides: [7, 1]),
    View(testDescription: "columns, Fortran order", shape: [1000, 37], strides: [1, 1000]),
    View(testDescription: "a slice of columns", shape: [50, 7], strides: [20, 1], offset: 3),
    View(testDescription: "every second row", shape: [50, 7], strides: [14, 1]),
    View(testDescription: "every third column", shape: [50, 7], strides: [21, 3], offset: 2),
    View(testDescription: "rows far apart", shape: [5, 3], strides: [200_000, 1]),
    View(testDescription: "one column", shape: [50, 1], strides: [9, 5], offset: 1),
    View(testDescription: "one row of a Fortran array", shape: [1, 9], strides: [1, 50]),
    View(testDescription: "maps", shape: [30, 4, 3, 2], strides: [24, 6, 2, 1]),
    View(testDescription: "maps, channels last", shape: [30, 4, 3, 2], strides: [24, 1, 8, 4]),
    View(testDescription: "maps, sample last", shape: [30, 4, 3, 2], strides: [1, 180, 60, 30]),
    View(
      testDescription: "large, sample last", shape: [3000, 40, 3], strides: [1, 9000, 3000]),
    View(testDescription: "columns with gaps", shape: [2000, 90], strides: [3, 6000]),
  ]

  @Test(arguments: views, [true, false]) func everyBlockIsRight(
    _ view: View, isStored: Bool
  ) throws {
    var options = FeatureFileOptions()
    (options.requiresLabels, options.reduction) = (false, .flatten)
    let file = try FeatureSet(try write(view, isStored: isStored), options: options)
    let rows = file.layers[0].rows
    let expected = view.rows
    #expect(rows.rowCount == view.shape[0])
    #expect(rows.columnCount == expected[0].count)
    for block in [0..<rows.rowCount, 0..<1, rows.rowCount / 3..<rows.rowCount, 0..<0] {
      #expect(try rows.doubles(block) == expected[block].flatMap { $0 })
      #expect(try rows.floats(block) == expected[block].flatMap { $0.map { Float($0) } })
    }
  }

  /// The mean over a map's positions, whatever their order in the file.
  @Test(arguments: views.filter { $0.shape.count == 4 }) func poolingIsTheMean(
    _ view: View
  ) throws {
    var options = FeatureFileOptions()
    (options.requiresLabels, options.reduction, options.featureAxis) = (false, .pool, 1)
    let file = try FeatureSet(try write(view, isStored: true), options: options)
    let pooled = try file.layers[0].rows.doubles(0..<30)
    for (row, numbers) in view.rows.enumerated() {
      for channel in 0..<4 {
        let mean = numbers[channel * 6..<(channel + 1) * 6].reduce(0, +) / 6
        #expect(pooled[row * 4 + channel] == mean)
      }
    }
  }

  @Test func mapsNeedAChoice() throws {
    let path = try write(Self.views.first { $0.testDescription == "maps" }!, isStored: true)
    var options = FeatureFileOptions()
    options.requiresLabels = false
    let error = #expect(throws: ArrayFileError.self) {
      try FeatureSet(path, options: options)
    }
    #expect(
      error?.description
        == "\(path), tensor 'features': expected features of shape N×d, found 30×4×3×2: choose "
        + "to flatten them, to pool them (mean over all positions), or tokens of sequences")
  }

  private func write(_ view: View, isStored: Bool) throws -> String {
    let count = view.elementCount
    let pickle = PickleWriter.pickle { writer in
      writer.dictionary {
        $0.string("features")
        $0.tensor(
          key: "0", count: count, offset: view.offset, shape: view.shape, strides: view.strides)
      }
    }
    var archive = PickleWriter.archive(
      pickle: pickle, storages: [LittleEndian.bytes((0..<count).map { Float($0) })])
    if !isStored { archive.entries = archive.entries.map(\.deflated) }
    return folder.write(archive.bytes, to: "view.pt")
  }
}
