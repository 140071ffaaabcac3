import CollapseCore
import Arrays
import Datasets
import FoundationEssentials
import TestSupport
import Testing

@Suite struct ImageFileTests {
  let folder = TemporaryFolder()

  static func images(_ count: Int) -> LabeledImages {
    var generator = SeededGenerator(seed: UInt64(count))
    return LabeledImages(
      sampleShape: [3, 4, 5],
      pixels: (0..<count * 60).map { _ in UInt8.random(in: 0...255, using: &generator) },
      labels: (0..<count).map { Int32($0 % 3) }, classNames: ["cat", "dög", "owl"])
  }

  @Test(arguments: [0, 1, 37]) func imagesComeBackAsTheyWere(count: Int) throws {
    try ImageFile.write(Self.images(count), to: folder("a.h5"))
    #expect(try ImageFile.read(folder("a.h5")) == Self.images(count))
    let splits = try ImageFile.readSplits(folder("a.h5"))
    #expect(splits.map(\.name) == ["all"])
    #expect(folder.names == ["a.h5"])
  }

  @Test func splitsComeBackInTheirOrder() throws {
    try ImageFile.write(
      [("train", Self.images(9)), ("test", Self.images(4))], to: folder("a.h5"))
    let splits = try ImageFile.readSplits(folder("a.h5"))
    #expect(splits.map(\.name) == ["train", "test"])
    #expect(splits.map(\.images) == [Self.images(9), Self.images(4)])
    let error = #expect(throws: ArrayFileError.self) { try ImageFile.read(folder("a.h5")) }
    #expect(
      error?.description
        == "\(folder("a.h5")): it has no dataset 'images'; it has '/train/images', "
        + "'/train/labels', '/test/images', '/test/labels'")
  }

  @Test func pointsComeBackAsTheyWere() throws {
    let points = LabeledPoints(
      dimension: 2, coordinates: [0.1, -0.0, .infinity, 0x1p-149, 3, 4], labels: [0, 1, 0],
      classNames: ["in", "out"])
    try ImageFile.write(points, to: folder("a.h5"))
    #expect(try ImageFile.readPoints(folder("a.h5")) == points)
  }

  /// Files of the versions that were ever written, kept as they were.
  @Test func filesOfVersion1() throws {
    // …/Tests/DatasetsTests/ImageFileTests.swift
    let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
    let images = try ImageFile.read(fixtures.appending(path: "collapse-images-1.h5").path)
    #expect(images.sampleShape == [1, 28, 28])
    #expect(images.pixels.reduce(0) { $0 + Int($1) } == 273_969)
    #expect(images.labels == Array(0..<10))
    #expect(images.classNames == (0..<10).map { "\($0)" })
    let points = try ImageFile.readPoints(fixtures.appending(path: "collapse-points-1.h5").path)
    #expect(points.dimension == 4)
    #expect(points.coordinates.prefix(2) == [2.9060297, -1.2657617])
    #expect(points.labels == (0..<12).map { $0 % 3 })
  }

  @Test func otherFilesAreRefused() throws {
    let root = try HDF5Object.createFile(folder("a.h5"), as: folder("a.h5"))
    try FileFormat(name: "collapse-checkpoint", version: 1).write(to: root)
    try root.flushAndClose()
    let error = #expect(throws: ArrayFileError.self) { try ImageFile.read(folder("a.h5")) }
    #expect(
      error?.description
        == "\(folder("a.h5")): it is a collapse-checkpoint file, expected collapse-images")
  }

  private static let h5py = PythonEnvironment.with(["h5py"])

  @Test(.enabled("needs Python with h5py") { h5py.isAvailable }) func h5pyReadsThem() throws {
    try ImageFile.write(Self.images(2), to: folder("i.h5"))
    let script = """
      import sys, h5py
      with h5py.File(sys.argv[1]) as f:
          print(f["images"].dtype, f["images"].shape, f["labels"][:].tolist())
          print(f.attrs["class_names"].tolist())
      """
    #expect(
      try Self.h5py.run(script, [folder("i.h5")])
        == "uint8 (2, 3, 4, 5) [0, 1]\n['cat', 'dög', 'owl']\n")
  }
}
