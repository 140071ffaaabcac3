import CollapseCore
import FeatureStore
import Foundation
import TestSupport
import Testing

/// Data sets on the command line: classes that are matched by name, files that are left out, sizes.
@Suite(.serialized) struct DataSetCommandTests {
  let folder = TemporaryFolder()

  /// `count` images of 4×4 whose pixels are near `value`.
  func write(_ value: Int, _ count: Int, to name: String) {
    for index in 0..<count {
      folder.write(
        PNGFixture(width: 4, height: 4, samples: (0..<16).map { value + ($0 + index) % 5 }).bytes,
        to: "\(name)/\(index).png")
    }
  }

  func run(_ arguments: String...) throws -> CollapseCommand.Result {
    try CollapseCommand.run(arguments, in: folder.path)
  }

  /// A network that tells three grays apart, and what it takes to be told of other classes.
  @Test func labelsAreThoseOfTheCheckpointsNames() throws {
    for (name, value) in [("a", 10), ("b", 120), ("c", 240)] {
      write(value, 20, to: "train/\(name)")
    }
    write(240, 3, to: "test/c")
    write(10, 2, to: "test/a")
    write(10, 1, to: "more/a")
    write(60, 1, to: "more/aa")
    let training = try run(
      "train", "train", "t", "--widths", "8", "--epochs", "5", "--batch-size", "20",
      "--learning-rate", "0.1", "--no-algorithm-cache", "--test", "test", "--evaluate-every", "5")
    #expect(training.exitCode == 0, "\(training.errors)")
    // Numbered by themselves, the images of c would be b's, and accuracy could not be 1.
    let metrics = CSVReader.records(
      try String(contentsOfFile: folder("t/metrics.csv"), encoding: .utf8))
    let column = try #require(metrics[0].firstIndex(of: "test_accuracy"))
    #expect(Double(metrics.last![column]) == 1)

    let checkpoint = "t/checkpoints/epoch-00005.h5"
    let extraction = try run("extract", checkpoint, "test", "test.h5", "--split", "test")
    #expect(extraction.exitCode == 0, "\(extraction.errors)")
    let file = try FeatureSet(folder("test.h5"))
    #expect(file.metadata.classNames == ["a", "b", "c"])
    // Natural order of the files' names: 0.png of a, 0.png of c, 1.png of a, …
    #expect(try labels(of: file) == [0, 2, 0, 2, 2])

    let refused = try run("extract", checkpoint, "more", "more.h5")
    #expect(refused.exitCode == 65)
    #expect(
      refused.errors == "error: the data of split 'all': has samples of 'aa', which is no class "
        + "of the checkpoint; its classes are 'a', 'b', 'c'\n")
    #expect(!FileManager.default.fileExists(atPath: folder("more.h5")))
    let own = try run("extract", checkpoint, "more", "more.h5", "--own-classes")
    #expect(own.exitCode == 0, "\(own.errors)")
    let more = try FeatureSet(folder("more.h5"))
    #expect(more.metadata.classNames == ["a", "aa"])
    // A folder without splits is no training split until somebody says so.
    #expect(more.metadata.split == "all")
    #expect(
      own.errors.hasPrefix("more has no splits: all samples are taken, as split 'all'\n"),
      "\(own.errors)")
    let stated = try run(
      "extract", checkpoint, "more", "more.h5", "--own-classes", "--split", "train", "--quiet")
    #expect(stated.exitCode == 0 && stated.errors == "")
    #expect(try FeatureSet(folder("more.h5")).metadata.split == "train")
    #expect(more.classifier == nil)
  }

  func labels(of file: FeatureSet) throws -> [Int64] {
    var labels = [Int64](repeating: -1, count: file.labels.labelCount)
    try labels.withUnsafeMutableBufferPointer { try file.labels.read(0..<$0.count, into: $0) }
    return labels
  }

  @Test func badFilesAreNamedWithTheOptionThatLeavesThemOut() throws {
    write(1, 3, to: "d/a")
    folder.write([], to: "d/a/7.png")
    folder.write([1], to: "d/a/8.png")
    let refused = try run("inspect", "d")
    #expect(refused.exitCode == 65)
    #expect(refused.errors.hasPrefix("error: 2 files cannot be read:\n  d/a/7.png, byte 0: "))
    #expect(refused.errors.hasSuffix("\n--skip-bad leaves out what cannot be read.\n"))
    let lenient = try run("inspect", "d", "--skip-bad")
    #expect(lenient.exitCode == 0)
    #expect(lenient.output.contains("all: 3 samples of 1×4×4"))
    #expect(
      lenient.errors.hasPrefix("left out 2 files that cannot be read:\n  d/a/7.png, byte 0: "))
  }

  @Test func otherSizesAreNamedWithTheOptionThatHelps() throws {
    write(1, 1, to: "d/a")
    folder.write(PNGFixture(width: 5, height: 4, samples: Array(0..<20)).bytes, to: "d/a/9.png")
    let refused = try run("inspect", "d")
    #expect(refused.exitCode == 65)
    #expect(refused.errors.hasSuffix("\n--resize brings all images to one size.\n"))
    #expect(try run("inspect", "d", "--resize", "4x4").output.contains("2 samples of 1×4×4"))
  }

  @Test func classesAreNumberedAsTorchvisionDoesOnRequest() throws {
    for name in ["1", "2", "10"] { write(1, 1, to: "d/\(name)") }
    let result = try run("inspect", "d", "--class-order", "torchvision", "--json")
    #expect(result.output.contains(#""classNames" : [\#n    "1",\#n    "10",\#n    "2"\#n  ]"#))
  }

  /// What a network is given in place of its training's own map of pixels.
  @Test func preprocessingIsSaid() throws {
    write(10, 4, to: "d/a")
    write(200, 4, to: "d/b")
    #expect(
      try run(
        "train", "d", "t", "--widths", "4", "--epochs", "1", "--no-algorithm-cache"
      ).exitCode == 0)
    let checkpoint = "t/checkpoints/epoch-00001.h5"
    #expect(try run("extract", checkpoint, "d", "plain.h5").exitCode == 0)
    #expect(
      try run("extract", checkpoint, "d", "map.h5", "--mean", "0.5", "--std", "0.25").exitCode == 0)
    #expect(try rows(folder("plain.h5")) != rows(folder("map.h5")))
    // The file of features keeps it.
    #expect(try FeatureSet(folder("plain.h5")).metadata.preprocessing == nil)
    #expect(
      try FeatureSet(folder("map.h5")).metadata.preprocessing
        == #"{"means":[0.5],"standardDeviations":[0.25]}"#)
    let unknown = try run("extract", checkpoint, "d", "x.h5", "--preset", "imagenet")
    #expect(unknown.exitCode == 64)
    #expect(
      unknown.errors
        == "error: no preset 'imagenet'; there are imagenet-v1, imagenet-v2, cifar10, "
        + "cifar10-kuangliu, none\n")
    let channels = try run(
      "extract", checkpoint, "d", "x.h5", "--mean", "0,0,0", "--std", "1,1,1")
    #expect(channels.exitCode == 64)
    #expect(
      channels.errors.contains("the normalization is of 3 channels, the network takes samples of"))
  }

  func rows(_ path: String) throws -> [Float] {
    let rows = try FeatureSet(path).layers[0].rows
    var values = [Float](repeating: 0, count: rows.rowCount * rows.columnCount)
    try values.withUnsafeMutableBufferPointer { try rows.read(0..<rows.rowCount, into: $0) }
    return values
  }
}
