import CollapseCore
import Datasets
import Files
import Foundation
import TestSupport
import Testing

/// The real data sets, where they are beside the project.
@Suite struct RealDataTests {
  let folder = TemporaryFolder()

  static let checksums = [
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
  ]

  func md5(_ path: String) throws -> String {
    String(try run("md5sum", path).prefix(32))
  }

  @Test(.enabled(if: SharedData.has("data/mnist"), "needs ../shared/data/mnist"))
  func mnistKeepsEveryByte() throws {
    let dataset = try DatasetReader.read(SharedData.path("data/mnist"))
    #expect(
      dataset["train"]?.images.countsPerClass
        == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
    try DatasetWriter.write(dataset, to: folder("idx"), format: .idx)
    #expect(try FolderContents(folder("idx")).files.sorted() == Self.checksums.keys.sorted())
    for (name, checksum) in Self.checksums {
      #expect(try md5(folder("idx/\(name)")) == checksum, "\(name)")
    }
  }

  /// 10 000 files of a class folder each, and back to the same two.
  @Test(.enabled(if: SharedData.has("data/mnist"), "needs ../shared/data/mnist"))
  func mnistKeepsEveryByteThroughPNG() throws {
    let dataset = try DatasetReader.read(
      SharedData.path("data/mnist/t10k-images-idx3-ubyte.gz"))
    try DatasetWriter.write(dataset, to: folder("png"), format: .png)
    try DatasetWriter.write(try DatasetReader.read(folder("png")), to: folder("idx"), format: .idx)
    for name in ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"] {
      #expect(try md5(folder("idx/\(name)")) == Self.checksums[name], "\(name)")
    }
  }

  /// Written by other software; a file's number is its place in MNIST, the test images after the
  /// training images.
  @Test(
    .enabled(
      if: SharedData.has("data/mnist-png-sample.tar.gz") && SharedData.has("data/mnist"),
      "needs ../shared/data/mnist-png-sample.tar.gz and ../shared/data/mnist"))
  func pngSampleIsMNIST() throws {
    try run("tar", "-xzf", SharedData.path("data/mnist-png-sample.tar.gz"), "-C", folder.path)
    let sample = try DatasetReader.read(folder("mnist-png"))
    let mnist = try DatasetReader.read(SharedData.path("data/mnist"))
    #expect(sample.splits.map(\.name) == ["train", "test"])
    for (name, perClass, offset) in [("train", 60, 0), ("test", 20, 60_000)] {
      let split = try #require(sample[name])
      #expect(split.images.countsPerClass == Array(repeating: perClass, count: 10))
      let numbers = try split.files.map { file in
        try #require(Int(file.path.split(separator: "/").last!.dropLast(4))) - offset
      }
      #expect(split.images == mnist[name]?.images.selecting(numbers))
    }
  }

  @Test(
    .enabled(if: SharedData.has("data/cifar-10-sample"), "needs ../shared/data/cifar-10-sample"))
  func cifarSampleHasItsCounts() throws {
    let dataset = try DatasetReader.read(SharedData.path("data/cifar-10-sample"))
    #expect(dataset.classNames.first == "airplane" && dataset.classNames.count == 10)
    #expect(dataset["train"]?.images.count == 10_000)
    #expect(dataset["test"]?.images.count == 2_000)
    #expect(
      dataset["train"]?.images.countsPerClass
        == [984, 1023, 974, 964, 1015, 1069, 989, 969, 1009, 1004])
    #expect(
      dataset["test"]?.images.countsPerClass == [220, 204, 191, 194, 191, 221, 176, 217, 192, 194])
  }

  /// Runs a program and returns what it prints.
  @discardableResult private func run(_ arguments: String...) throws -> String {
    let output = Pipe()
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    process.standardOutput = output
    try process.run()
    let printed = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return String(decoding: printed, as: UTF8.self)
  }
}
