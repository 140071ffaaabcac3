import CollapseCore
import Datasets
import Files
import TestSupport
import Testing

/// A record: its labels, then 3072 bytes that begin with `first` and count up.
private func record(_ labels: [UInt8], first: UInt8 = 0) -> [UInt8] {
  labels + (0..<3072).map { first &+ UInt8($0 % 256) }
}

@Suite struct CIFARTests {
  let folder = TemporaryFolder()

  @Test func readsBatchesInNaturalOrder() throws {
    for batch in 1...10 {
      folder.write(record([UInt8(batch % 10)]), to: "data_batch_\(batch).bin")
    }
    folder.write(GzipFixture.member(record([9], first: 7)), to: "test_batch.bin.gz")
    let dataset = try DatasetReader.read(folder.path)
    #expect(dataset.format == .cifar)
    #expect(dataset["train"]?.images.labels == [1, 2, 3, 4, 5, 6, 7, 8, 9, 0])
    #expect(dataset["train"]?.images.sampleShape == [3, 32, 32])
    #expect(dataset["test"]?.images.pixels.prefix(3) == [7, 8, 9])
    #expect(dataset.classNames == (0...9).map(String.init))
    #expect(dataset["train"]?.companion == nil)
  }

  @Test func readsBothLabelsOfCIFAR100() throws {
    folder.write(record([19, 99]) + record([0, 1]), to: "train.bin")
    folder.write(
      Array((0..<20).map { "super\($0)\n" }.joined().utf8), to: "coarse_label_names.txt")
    let fine = try #require(try DatasetReader.read(folder.path)["train"])
    #expect(fine.images.labels == [99, 1])
    #expect(fine.images.classCount == 100)
    #expect(fine.companion?.labels == [19, 0])
    let coarse = try #require(
      try DatasetReader.read(folder.path, options: ReadingOptions(labelKind: .coarse))["train"])
    #expect(coarse.images.labels == [19, 0])
    #expect(coarse.images.classNames[19] == "super19")
    #expect(coarse.companion?.labels == [99, 1])
    #expect(coarse.images.pixels == fine.images.pixels)
  }

  @Test func readsNamesAndOneFile() throws {
    folder.write(record([1]), to: "data_batch_1.bin")
    folder.write(record([0]), to: "test_batch.bin")
    folder.write(Array("airplane\r\nautomobile\n\n".utf8), to: "batches.meta.txt")
    let dataset = try DatasetReader.read(folder("test_batch.bin"))
    #expect(dataset.splits.map(\.name) == ["test"])
    #expect(dataset.classNames == ["airplane", "automobile"])
  }

  static let malformed = [
    Malformed("empty", [], "f.bin: holds no images"),
    Malformed(
      "cut record", record([1]) + record([2]).dropLast(),
      "f.bin, byte 3074: expected a record of 3074 bytes, found 3071"),
    Malformed(
      "trailing byte", record([1, 1]) + [0],
      "f.bin, byte 3074: expected a record of 3074 bytes, found 1"),
    Malformed(
      "label of no class", record([1]) + record([10]),
      "f.bin, byte 3073: expected a label in 0...9, found 10"),
    Malformed(
      "fine label of no class", record([1, 100]),
      "f.bin, byte 1: expected a label in 0...99, found 100"),
    Malformed(
      "gzip, wrong CRC", GzipFixture.member(record([1]), crc: 0),
      "f.bin, byte 3088: the CRC-32 of the content is 0x322b8378, expected 0x00000000"),
    Malformed(
      "gzip, cut", Array(GzipFixture.member(record([1])).prefix(500)),
      "f.bin, byte 500: the gzip stream is cut short here"),
  ]

  @Test(arguments: malformed) func refuses(_ malformed: Malformed) {
    #expect(
      message { _ = try CIFARBatch(malformed.bytes, file: "f.bin").labels() } == malformed.message)
  }

  /// The name decides what a file was meant to be when its size fits neither layout.
  @Test func nameTellsTheLayoutOfADamagedFile() {
    #expect(
      message { _ = try CIFARBatch(record([1]) + [0, 0], file: "a/data_batch_1.bin") }
        == "a/data_batch_1.bin, byte 3073: expected a record of 3073 bytes, found 2")
  }

  @Test func layoutsMustAgree() {
    folder.write(record([1]), to: "data_batch_1.bin")
    folder.write(record([1, 1]), to: "data_batch_2.bin")
    #expect(
      message { _ = try DatasetReader.read(folder.path) }
        == "\(folder("data_batch_2.bin")): expected records of 3073 bytes as in "
        + "'\(folder("data_batch_1.bin"))', found 3074")
  }

  @Test func coarseNeedsTwoLabels() {
    folder.write(record([1]), to: "data_batch_1.bin")
    let error = #expect(throws: DatasetError.self) {
      try DatasetReader.read(folder.path, options: ReadingOptions(labelKind: .coarse))
    }
    #expect(error?.kind == .usage)
    #expect(
      error?.description
        == "\(folder("data_batch_1.bin")): has one label per image, so there are no coarse labels")
  }

  @Test func labelBeyondTheNamesIsRefused() {
    folder.write(record([2]), to: "data_batch_1.bin")
    folder.write(Array("a\nb\n".utf8), to: "batches.meta.txt")
    #expect(
      message { _ = try DatasetReader.read(folder.path) }
        == "\(folder("data_batch_1.bin")), byte 0: expected a label in 0...1, found 2")
  }

  /// PyTorch's weights are called pytorch_model.bin, and lie beside data.
  @Test func weightsAreNoBatches() throws {
    folder.write(record([1]), to: "data_batch_1.bin")
    folder.write([0x50, 0x4B, 3, 4] + Array(repeating: 0, count: 5000), to: "model.bin")
    folder.write([1, 2, 3], to: "pytorch_model.bin")
    #expect(try DatasetReader.read(folder.path)["train"]?.images.count == 1)
  }

  @Test func foldersOfImagesBesideWeightsAreRead() throws {
    folder.write(PNGImageTests.gray, to: "a/0.png")
    folder.write([1, 2, 3], to: "pytorch_model.bin")
    #expect(try DatasetReader.read(folder.path).classNames == ["a"])
  }
}
