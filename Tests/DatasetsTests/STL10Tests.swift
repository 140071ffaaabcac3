import CollapseCore
import Datasets
import TestSupport
import Testing

@Suite struct STL10Tests {
  let folder = TemporaryFolder()

  /// Two images whose planes lie by columns.
  @Test func columnsBecomeRows() throws {
    let stored = (0..<2 * 27_648).map { UInt8($0 % 241) }
    folder.write(stored, to: "train_X.bin")
    folder.write([10, 1], to: "train_y.bin")
    folder.write([0], to: "unlabeled_X.bin")
    folder.write(
      Array("airplane\nbird\ncar\ncat\ndeer\ndog\nhorse\nmonkey\nship\ntruck".utf8),
      to: "class_names.txt")
    let open = try DatasetReader.open(folder.path)
    #expect(open.format == .stl10)
    #expect(open.splits.map(\.name) == ["train"])
    #expect(
      open.notes == ["\(folder("unlabeled_X.bin")): has no labels beside it and is not read"])
    let images = try #require(try DatasetReader.read(folder.path)["train"]).images
    #expect(images.labels == [9, 0])
    #expect(images.classNames.last == "truck")
    let (image, channel, row, column) = (1, 2, 5, 90)
    #expect(
      images.pixels[((image * 3 + channel) * 96 + row) * 96 + column]
        == stored[((image * 3 + channel) * 96 + column) * 96 + row])
  }

  @Test func countsAndLabelsMustFit() {
    folder.write(Array(repeating: 0, count: 27_647), to: "train_X.bin")
    folder.write([1], to: "train_y.bin")
    #expect(
      message { _ = try DatasetReader.read(folder.path) }
        == "\(folder("train_X.bin")): expected 1 images of 27648 bytes, one for each label in "
        + "'\(folder("train_y.bin"))', found 27647 bytes")
    folder.write([11], to: "train_y.bin")
    #expect(
      message { _ = try DatasetReader.read(folder.path) }
        == "\(folder("train_y.bin")), byte 0: expected a label in 1...10, found 11")
  }
}
