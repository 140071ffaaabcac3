import CollapseCore
import FeatureStore
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
    let error = #expect(throws: FeatureStoreError.self) { try ImageFile.read(folder("a.h5")) }
    #expect(
      error?.description
        == "\(folder("a.h5")): no dataset 'images'; the file holds '/train/images', "
        + "'/train/labels', '/test/images', '/test/labels'")
  }

  @Test func pointsComeBackAsTheyWere() throws {
    let points = LabeledPoints(
      dimension: 2, coordinates: [0.1, -0.0, .infinity, 0x1p-149, 3, 4], labels: [0, 1, 0],
      classNames: ["in", "out"])
    try ImageFile.write(points, to: folder("a.h5"))
    #expect(try ImageFile.readPoints(folder("a.h5")) == points)
  }

  @Test func otherFilesAreRefused() throws {
    try CheckpointFile.write(CheckpointFileTests.content, to: folder("a.h5"))
    let error = #expect(throws: FeatureStoreError.self) { try ImageFile.read(folder("a.h5")) }
    #expect(
      error?.description
        == "\(folder("a.h5")): it is a collapse-checkpoint file, expected collapse-images")
  }
}
