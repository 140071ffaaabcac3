import Arrays
import CollapseCore
import FeatureStore
import Files
import Foundation
import TestSupport
import Testing

/// Files that are measured as one set, and files that are compared by their classes.
@Suite struct ShardTests {
  let folder = TemporaryFolder()

  /// Three numbers per row, and labels 0, 1, 2, 0, ….
  private func shard(
    _ name: String, rows: Range<Int>, classNames: [String]? = nil,
    label: (Int) -> Int = { $0 % 3 }, type: String = "<f4", weights: [Float]? = nil
  ) -> String {
    let values = rows.flatMap { row in (0..<3).map { Double(3 * row + $0) } }
    var entries: [ZipWriter.Entry] = [
      .init(
        "features.npy",
        NPYWriter.file(
          type, [rows.count, 3],
          data: type == "<f4"
            ? LittleEndian.bytes(values.map { Float($0) }) : LittleEndian.bytes(values))),
      .init("labels.npy", NPYWriter.file(rows.map { Int64(label($0)) })),
    ]
    if let classNames { entries.append(.init("class_names.npy", NPYWriter.file(classNames))) }
    if let weights { entries.append(.init("fc.weight.npy", NPYWriter.file(weights, [3, 3]))) }
    return folder.write(ZipWriter(entries).bytes, to: name)
  }

  /// More files than are open at once: rows and labels are those of one file.
  @Test func rowsOfManyShardsAreThoseOfOneFile() throws {
    let sizes = (0..<300).map { $0 % 4 + 1 }
    var paths: [String] = []
    var start = 0
    for (index, size) in sizes.enumerated() {
      paths.append(shard("\(index).npz", rows: start..<start + size))
      start += size
    }
    let set = try FeatureSource(name: "*.npz", shards: paths).open()
    #expect(set.rowCount == start)
    #expect(set.name == "*.npz")
    let rows = set.layers[0].rows
    #expect(rows.precision == .float32)
    #expect(try rows.floats(0..<start) == (0..<3 * start).map { Float($0) })
    #expect(try rows.doubles(7..<8) == [21, 22, 23])
    #expect(try rows.doubles(400..<700) == (1200..<2100).map { Double($0) })
    #expect(try rows.floats(5..<5) == [])
    #expect(try set.labels.all() == (0..<start).map { Int64($0 % 3) })
    let blocks = try Parallel.map(30, threads: 4) { try rows.floats($0 * 20..<$0 * 20 + 20) }
    #expect(blocks.flatMap { $0 } == (0..<1800).map { Float($0) })
  }

  /// Ranks open a share of the files each, and know of the others what all must know.
  @Test func ranksOpenTheirOwnShards() throws {
    let weights = (0..<9).map { Float($0) }
    let paths = (0..<6).map { index in
      shard(
        "\(index).npz", rows: 10 * index..<10 * index + 10, type: index == 5 ? "<f8" : "<f4",
        weights: index == 4 ? weights : nil)
    }
    let source = FeatureSource(name: "*.npz", shards: paths)
    let alone = try source.open()
    let sets = try ThreadRanks.run(2) { try source.open(over: $0) }
    for set in sets {
      #expect(set.rowCount == 60 && set.layers[0].rows.precision == .float64)
      #expect(set.classifier == alone.classifier && set.classifier != nil)
      #expect(set.metadata == alone.metadata && set.notes == alone.notes)
      #expect(set.warnings == alone.warnings)
      #expect(try set.layers[0].rows.doubles(0..<60) == alone.layers[0].rows.doubles(0..<60))
    }
    let again = try ThreadRanks.run(3) { try source.open(over: $0) }
    for path in paths { try FileManager.default.removeItem(atPath: path) }
    // What a rank has opened it can read; what others have is not there any more.
    for (rank, set) in again.enumerated() {
      for shard in 0..<6 {
        let rows = 10 * shard..<10 * shard + 10
        // The first, and the one with the classifier, all have opened.
        if shard / 2 == rank || shard == 0 || shard == 4 {
          #expect(try set.layers[0].rows.doubles(rows).count == 30)
        } else {
          #expect(throws: FileError.self) { try set.layers[0].rows.doubles(rows) }
        }
      }
    }
  }

  /// A shard that does not fit is told on all ranks as one process tells it.
  @Test func ranksRefuseTheSameShard() throws {
    let others: [Float] = (0..<9).map { Float($0) }
    let paths = (0..<5).map { index in
      shard(
        "\(index).npz", rows: 10 * index..<10 * index + 10,
        weights: index == 1 ? others : index == 3 ? others.reversed() : nil)
    }
    let source = FeatureSource(name: "*.npz", shards: paths)
    let expected = try #require(throws: FileError.self) { try source.open() }
    let told = try ThreadRanks.run(3) { ranks -> String? in
      do {
        _ = try source.open(over: ranks)
        return nil
      } catch let failure as RankFailure {
        return failure.description
      }
    }
    #expect(told == Array(repeating: expected.description, count: 3))
  }

  @Test func theWidestPrecisionIsThatOfAll() throws {
    let paths = [
      shard("a.npz", rows: 0..<4), shard("b.npz", rows: 4..<9, type: "<f8"),
    ]
    let rows = try FeatureSource(name: "ab", shards: paths).open().layers[0].rows
    #expect(rows.precision == .float64)
    #expect(try rows.doubles(0..<9) == (0..<27).map { Double($0) })
  }

  /// Shards that number the same classes in two ways are matched by name.
  @Test func classesAreMatchedByName() throws {
    let weights = (0..<9).map { Float($0) }
    let first = shard(
      "a.npz", rows: 0..<6, classNames: ["cat", "dog", "owl"], weights: weights)
    // The same classes as owl, cat, dog: 0 is 1, 1 is 2, 2 is 0. W moves with them.
    let second = shard(
      "b.npz", rows: 6..<12, classNames: ["owl", "cat", "dog"], label: { ($0 + 1) % 3 },
      weights: [6, 7, 8, 0, 1, 2, 3, 4, 5])
    let set = try FeatureSource(name: "ab", shards: [first, second]).open()
    #expect(try set.labels.all() == (0..<12).map { $0 % 3 })
    #expect(set.metadata.classNames == ["cat", "dog", "owl"])
    #expect(set.classifier?.weights.elements == weights.map { Double($0) })
    #expect(
      set.warnings == [
        "\(first): 'fc.weight' has as many rows as columns: W is taken as it stands, a row for each "
          + "class, and so in 1 more of the shards",
        "\(second): its classes are numbered otherwise than in '\(first)': matched by name",
      ])
  }

  static let unmatched: [([String], String)] = [
    (["cat", "dog", "cow"], "it states the class 'cow', which '%' does not"),
    (["dog", "cat"], "it lacks the class 'owl' that '%' states"),
    (
      ["cat", "cat", "dog"],
      "its classes are others than those of '%', and names that occur twice cannot tell which is "
        + "which"
    ),
  ]

  @Test(arguments: unmatched) func otherClassesAreRefused(names: [String], problem: String) {
    let first = shard("a.npz", rows: 0..<6, classNames: ["cat", "dog", "owl"])
    let second = shard("b.npz", rows: 6..<12, classNames: names)
    let error = #expect(throws: ArrayFileError.self) {
      try FeatureSource(name: "ab", shards: [first, second]).open()
    }
    #expect(error?.description == "\(second): \(problem.replacing("%", with: first))")
  }

  /// Labels that are texts may lack a class in one shard, and are numbered over all of them.
  @Test func textsAreNumberedOverAllShards() throws {
    var paths: [String] = []
    for (name, labels) in [("a", ["owl", "cat"]), ("b", ["dog", "owl"])] {
      paths.append(
        folder.write(
          ZipWriter([
            .init("features.npy", NPYWriter.file([1, 2, 3, 4], [2, 2])),
            .init("labels.npy", NPYWriter.file(labels)),
          ]).bytes, to: "\(name).npz"))
    }
    let set = try FeatureSource(name: "ab", shards: paths).open()
    #expect(set.metadata.classNames == ["cat", "dog", "owl"])
    #expect(try set.labels.all() == [2, 0, 1, 2])
  }

  @Test func aShardThatChangesIsNoticed() throws {
    let paths = (0..<200).map { shard("\($0).npz", rows: $0..<$0 + 1) }
    let set = try FeatureSource(name: "*", shards: paths).open()
    _ = shard("0.npz", rows: 5..<9)
    let error = #expect(throws: FileError.self) { try set.layers[0].rows.floats(0..<1) }
    #expect(error?.description == "cannot read '\(paths[0])': it has changed since it was opened")
  }

  @Test func oneFileOfLabelsForSeveralShardsIsRefused() {
    let paths = [shard("a.npz", rows: 0..<2), shard("b.npz", rows: 2..<4)]
    var options = FeatureFileOptions()
    options.labelsFile = paths[0]
    let error = #expect(throws: ArrayFileError.self) {
      try FeatureSource(name: "ab", shards: paths).open(options)
    }
    #expect(
      error?.description == "\(paths[0]): one file of labels for 2 shards: name those of each by a "
        + "pattern with the wildcards of the features'")
    #expect(error?.kind == .usage)
  }

  @Test func labelsOfEachShardAreInAFileOfItsOwn() throws {
    var (features, labels): ([String], [String]) = ([], [])
    for index in 0..<3 {
      features.append(
        folder.write(NPYWriter.file([Float(index), 0], [2, 1]), to: "h\(index).npy"))
      labels.append(folder.write(Array("\(index)\n7\n".utf8), to: "y\(index).txt"))
    }
    let set = try FeatureSource(name: "h?.npy", shards: features, labelsFiles: labels).open()
    #expect(try set.labels.all() == [0, 7, 1, 7, 2, 7])
  }
}
