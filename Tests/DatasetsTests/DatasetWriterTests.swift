import CollapseCore
import Datasets
import Files
import TestSupport
import Testing

/// What is written is read back the same: pixels, labels, class names, splits, and their order.
@Suite struct DatasetWriterTests {
  let folder = TemporaryFolder()

  static func images(
    _ shape: Shape, _ labels: [Int32], names: [String], seed: UInt64 = 1
  ) -> LabeledImages {
    var generator = SeededGenerator(seed: seed)
    let count = labels.count * shape.elementCount
    return LabeledImages(
      sampleShape: shape,
      pixels: (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) },
      labels: labels, classNames: names)
  }

  static func dataset(_ shape: Shape, names: [String]) -> ImageDataset {
    ImageDataset(
      format: .idx,
      splits: [
        DatasetSplit(name: "val", images: images(shape, [0, 1, 0], names: names, seed: 3)),
        DatasetSplit(name: "test", images: images(shape, [0, 1], names: names, seed: 2)),
        DatasetSplit(
          name: "train",
          images: images(shape, [1, 0, 0, 2, 1, 0, 2, 0, 0, 1, 0, 0], names: names)),
      ])
  }

  @Test(
    arguments: DatasetFormat.writable,
    [
      ["0", "1", "2"],
      // Not in natural order, no file names, and a class without images.
      ["T-shirt/top", "100%", ".x", "Absent", "日本"],
    ]) func roundTrip(format: DatasetFormat, names: [String]) throws
  {
    let shapes: [Shape] = format == .cifar ? [[3, 32, 32]] : [[1, 3, 5], [3, 4, 2]]
    for shape in shapes {
      let original = Self.dataset(shape, names: names)
      let path = folder("\(shape)")
      try DatasetWriter.write(original, to: path, format: format)
      let back = try DatasetReader.read(path)
      #expect(back.format == format)
      #expect(back.splits.map(\.name) == ["train", "test", "val"])
      #expect(back.splits.map(\.images) == original.splits.map(\.images))
    }
    #expect(folder.names == shapes.map(\.description).sorted())
  }

  @Test(arguments: DatasetFormat.writable) func oneSplitStaysOne(format: DatasetFormat) throws {
    let original = ImageDataset(
      format: .png,
      splits: [
        DatasetSplit(name: "all", images: Self.images([3, 32, 32], [0, 1], names: ["a", "b"]))
      ])
    try DatasetWriter.write(original, to: folder("out"), format: format)
    let back = try DatasetReader.read(folder("out"))
    #expect(back.splits.map(\.name) == ["all"])
    #expect(back["all"]?.images == original["all"]?.images)
  }

  @Test(arguments: LabelKind.allCases) func bothLabelsOfCIFAR100Stay(kind: LabelKind) throws {
    let fine = (0..<100).map { "f\($0)" }
    let coarse = (0..<20).map { "c\($0)" }
    let record: [UInt8] = [19, 99] + (0..<3072).map { UInt8($0 % 251) }
    folder.write(record, to: "in/train.bin")
    folder.write(Array(fine.joined(separator: "\n").utf8), to: "in/fine_label_names.txt")
    folder.write(Array(coarse.joined(separator: "\n").utf8), to: "in/coarse_label_names.txt")
    let dataset = try DatasetReader.read(folder("in"), options: ReadingOptions(labelKind: kind))
    try DatasetWriter.write(dataset, to: folder("out"), format: .cifar)
    #expect(try FileContents.read(folder("out/train.bin")) == record)
    #expect(
      try DatasetReader.read(folder("out"), options: ReadingOptions(labelKind: kind)).classNames
        == dataset.classNames)
  }

  static let impossible: [(DatasetFormat, Shape, Int, String)] = [
    (.cifar, [1, 28, 28], 2, "CIFAR images have shape 3×32×32, found 1×28×28"),
    (.cifar, [3, 32, 32], 257, "CIFAR labels have one byte, found 257 classes"),
    (.idx, [1, 1, 1], 257, "IDX labels have one byte, found 257 classes"),
    (.png, [2, 1, 1], 1, "PNG images have 1 or 3 channels, found 2"),
  ]

  @Test(arguments: impossible) func refusesWhatTheFormatCannotHold(
    format: DatasetFormat, shape: Shape, classes: Int, problem: String
  ) {
    let images = Self.images(shape, [0], names: (0..<classes).map(String.init))
    let dataset = ImageDataset(format: .idx, splits: [DatasetSplit(name: "all", images: images)])
    let error = #expect(throws: DatasetError.self) {
      try DatasetWriter.write(dataset, to: folder("out"), format: format)
    }
    #expect(error?.description == "\(folder("out")): \(problem)")
    #expect(error?.kind == .badInput)
    #expect(folder.names == [])
  }

  @Test func doesNotOverwrite() throws {
    folder.write([1], to: "out/precious")
    #expect(
      message {
        try DatasetWriter.write(
          Self.dataset([1, 2, 2], names: ["0", "1", "2"]), to: folder("out"), format: .png)
      } == "cannot write '\(folder("out"))': the folder is there already and is not empty")
  }
}
