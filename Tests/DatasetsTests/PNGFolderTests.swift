import CollapseCore
import Datasets
import TestSupport
import Testing

@Suite struct PNGFolderTests {
  let folder = TemporaryFolder()

  /// A 2×1 gray image whose first pixel is `value`.
  func write(_ value: Int, to name: String) {
    folder.write(PNGFixture(width: 2, height: 1, samples: [value, 0]).bytes, to: name)
  }

  func firstPixels(_ images: LabeledImages) -> [UInt8] {
    stride(from: 0, to: images.pixels.count, by: images.sampleShape.elementCount).map {
      images.pixels[$0]
    }
  }

  @Test func classesAreOneSplitWithoutSplitFolders() throws {
    write(1, to: "cat/a.png")
    write(2, to: "Dog/b.PNG")
    folder.write([0], to: "README")
    folder.write([0], to: "cat/.hidden")
    let dataset = try DatasetReader.read(folder.path + "/")
    #expect(dataset.format == .png)
    #expect(dataset.splits.map(\.name) == ["all"])
    // Bytes, not letters: capitals come first in every locale.
    #expect(dataset.classNames == ["Dog", "cat"])
    #expect(dataset["all"]?.images.labels == [1, 0])
    #expect(dataset["all"]?.images.sampleShape == [1, 1, 2])
  }

  @Test func orderIsNatural() throws {
    for (value, name) in ["10/img2", "2/img10", "2/img1", "10/img010", "2/img2"].enumerated() {
      write(value, to: "training/\(name).png")
    }
    write(9, to: "testing/11/x.png")
    let dataset = try DatasetReader.read(folder.path)
    #expect(dataset.splits.map(\.name) == ["train", "test"])
    #expect(dataset.classNames == ["2", "10", "11"])
    let train = try #require(dataset["train"])
    #expect(
      train.files.map { $0.path.split(separator: "/").suffix(2).joined(separator: "/") } == [
        "2/img1.png", "2/img2.png", "10/img2.png", "10/img010.png", "2/img10.png",
      ])
    #expect(firstPixels(train.images) == [2, 4, 0, 3, 1])
    #expect(train.images.labels == [0, 0, 1, 1, 0])
    #expect(dataset["test"]?.images.labels == [2])
  }

  @Test func oneColorImageMakesAllColor() throws {
    write(5, to: "a/1.png")
    folder.write(
      PNGFixture(width: 2, height: 1, colorType: 2, samples: [1, 2, 3, 4, 5, 6]).bytes,
      to: "a/2.png")
    let images = try #require(try DatasetReader.read(folder.path)["all"]).images
    #expect(images.sampleShape == [3, 1, 2])
    #expect(images.pixels == [5, 0, 5, 0, 5, 0, 1, 4, 2, 5, 3, 6])
  }

  @Test(arguments: [1, 2, 5]) func threadsDoNotShow(threads: Int) throws {
    for index in 0..<200 { write(index, to: "\(index % 3)/\(index).png") }
    let dataset = try DatasetReader.read(folder.path, options: ReadingOptions(threads: threads))
    #expect(firstPixels(try #require(dataset["all"]).images) == (0..<200).map { UInt8($0) })
  }

  /// Files of 64 KiB and more are not kept between the header and the pixels.
  @Test func filesOfAnySizeLieTogether() throws {
    let (width, height) = (300, 300)
    var stored = PNGFixture(
      width: width, height: height, samples: (0..<width * height).map { $0 % 256 })
    folder.write(stored.bytes, to: "a/0.png")
    let pixels = stored.samples.map { UInt8($0) }
    stored.samples = pixels.map { Int(255 - $0) }
    folder.write(
      PNGImage(width: width, height: height, channels: 1, pixels: pixels).encoded(), to: "a/1.png")
    folder.write(stored.bytes, to: "b/2.png")
    let all = try #require(
      try DatasetReader.read(folder.path, options: ReadingOptions(hashesFiles: true))["all"])
    #expect(all.images.pixels == pixels + pixels + pixels.map { 255 - $0 })
    #expect(all.files.map(\.byteCount).filter { $0 > 1 << 16 }.count == 2)
    #expect(
      try all.files == all.files.map { try SourceFile(hashing: $0.path) })
  }

  @Test func otherSizesAreListedOrResized() throws {
    write(7, to: "a/0.png")
    for index in 1...5 {
      folder.write(
        PNGFixture(width: 4, height: 2, samples: Array(repeating: 10 * index, count: 8)).bytes,
        to: "a/\(index).png")
    }
    #expect(
      message { _ = try DatasetReader.read(folder.path) }
        == "\(folder.path): expected images of one size, 2×1 as in '\(folder("a/0.png"))', "
        + "found 5 of another: '\(folder("a/1.png"))' 4×2, '\(folder("a/2.png"))' 4×2, "
        + "'\(folder("a/3.png"))' 4×2, …; resize them to read them together")
    let resized = try DatasetReader.read(
      folder.path,
      options: ReadingOptions(
        geometry: ImageGeometry(resize: .exactly(ImageSize(width: 3, height: 2)))))
    let images = try #require(resized["all"]).images
    #expect(images.sampleShape == [1, 2, 3])
    // 7 and 0 across three pixels: at the pixel between them, half of each.
    #expect(images.pixels.prefix(6) == [7, 4, 0, 7, 4, 0])
    #expect(images.pixels.dropFirst(6).prefix(6) == [10, 10, 10, 10, 10, 10])
  }

  @Test func badFilesAreNamed() {
    write(1, to: "a/0.png")
    folder.write(PNGImageTests.claiming(65535, 65535), to: "a/1.png")
    #expect(
      message { _ = try DatasetReader.read(folder.path) }
        == "\(folder("a/1.png")), byte 16: 65535×65535 pixels of 8 bits do not fit in 40 bytes of "
        + "compressed data, which hold 41280 at most")
    var cut = PNGFixture(width: 2, height: 1, samples: [1, 2]).bytes
    cut.removeLast(24)
    folder.write(cut, to: "a/1.png")
    #expect(
      message { _ = try DatasetReader.read(folder.path) }
        == "\(folder("a/1.png")), byte 33: chunk IDAT has 14 bytes, found 2: cut short")
  }

  /// A folder laid out by the table, and the message it must be refused with.
  @Test(arguments: [
    (["a/0.png", "b/"], "/b: expected PNG or JPEG files, found an empty class folder"),
    (["a/0.png", "b/c.txt"], "/b: expected PNG or JPEG files, found none"),
    (
      ["a/0.png", "b/0.png", "b/c.txt"],
      "/b/c.txt: is neither a PNG nor a JPEG file by its name"
    ),
    (
      ["train/0.png", "test/0.png"],
      "/test: expected a folder for each class, found images without labels; a list of them would "
        + "be 'test.csv' beside it"
    ),
    (
      ["train/a/0.png", "b/0.png"],
      "/b: expected folders of classes, as beside it, found the image '0.png'"
    ),
    (["train/a/0.png", "test/"], "/test: expected folders of classes, found none"),
    (["train/a/b/0.png"], "/train/a: expected images, found the folder 'b'"),
    (
      ["train/a/0.png", "training/a/0.png"],
      ": the folders 'train' and 'training' both stand for 'train'"
    ),
    (["0.png"], ": \(DatasetReaderTests.expectation); found '0.png'"),
    ([], ": \(DatasetReaderTests.expectation); found an empty folder"),
  ]) func refuses(names: [String], problem: String) {
    for name in names {
      // A name that ends in "/" stands for an empty folder: one with a hidden file only.
      name.hasSuffix("/") ? _ = folder.write([], to: name + ".keep") : write(1, to: name)
    }
    #expect(message { _ = try DatasetReader.read(folder.path) } == folder.path + problem)
  }
}
