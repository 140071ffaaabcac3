import CollapseCore
import Datasets
import Files
import TestSupport
import Testing

/// IDX bytes: the type and rank, the sizes, then the elements.
func idx(_ sizes: [UInt32], type: UInt8 = 8, _ elements: [UInt8]) -> [UInt8] {
  [0, 0, type, UInt8(sizes.count)]
    + sizes.flatMap { size in withUnsafeBytes(of: size.bigEndian) { Array($0) } } + elements
}

@Suite struct IDXArrayTests {
  static let images = idx([2, 2, 3], Array(1...12))
  static let most = UInt32.max

  @Test func readsPlainAndGzipByContent() throws {
    for bytes in [Self.images, GzipFixture.member(Self.images)] {
      let array = try IDXArray.images(bytes, file: "f")
      #expect(array.shape == [2, 2, 3])
      #expect(array.elements == Array(1...12))
      #expect(array.encoded() == Self.images)
    }
    let color = try IDXArray.images(idx([1, 3, 2, 2], Array(1...12)), file: "f")
    #expect(color.shape == [1, 3, 2, 2])
    #expect(try IDXArray.labels(idx([3], [4, 5, 6]), file: "f") == [4, 5, 6])
  }

  static let malformed = [
    Malformed("empty", [], "f, byte 0: an IDX header begins with 4 bytes, found 0"),
    Malformed("cut magic", [0, 0, 8], "f, byte 0: an IDX header begins with 4 bytes, found 3"),
    Malformed(
      "other magic", [0x89, 0x50, 0x4E, 0x47, 0],
      "f, byte 0: expected the magic number of IDX images (00 00 08 03), found 89 50 4e 47"),
    Malformed(
      "a web page", Array("<!DOCTYPE HTML><title>403 Forbidden</title>".utf8),
      "f, byte 0: is a web page (HTML): the download went wrong and a web page was saved in its "
        + "place; fetch it again (3c 21 44 4f)"),
    Malformed(
      "float32", idx([1, 1, 1], type: 0x0D, [0, 0, 0, 0]),
      "f, byte 2: expected elements of type unsigned byte (08), found 0d (float32)"),
    Malformed(
      "int16", idx([1, 1, 1], type: 0x0B, [0, 0]),
      "f, byte 2: expected elements of type unsigned byte (08), found 0b (int16)"),
    Malformed(
      "no type", idx([1, 1, 1], type: 0x07, [0]),
      "f, byte 2: expected elements of type unsigned byte (08), found 07 (none of IDX's)"),
    Malformed(
      "labels for images", idx([3], [1, 2, 3]),
      "f, byte 3: images have rank 3 (count, rows, columns) or 4 (count, channels, rows, columns), "
        + "found 1"),
    Malformed(
      "cut sizes", Array(idx([2, 2, 3], []).dropLast(1)),
      "f, byte 4: the sizes of rank 3 take 12 bytes, found 11"),
    Malformed(
      "overflow", idx([most, most, most], [1]),
      "f, byte 4: the sizes 4294967295×4294967295×4294967295 overflow"),
    Malformed(
      "more than the file", idx([most, 28, 28], [1, 2]),
      "f, byte 16: shape 4294967295×28×28 needs 3367254359280 bytes, found 2"),
    Malformed(
      "no rows", idx([2, 0, 3], []),
      "f, byte 8: expected a positive size in every axis, found 2×0×3"),
    Malformed(
      "cut body", Array(images.dropLast()), "f, byte 16: shape 2×2×3 needs 12 bytes, found 11"),
    Malformed(
      "trailing bytes", images + [1, 2],
      "f, byte 28: expected the end of the file after shape 2×2×3, found 2 more bytes"),
    Malformed(
      "gzip, other magic", GzipFixture.member([1, 2, 3, 4, 5]),
      "f, byte 0 of the uncompressed content: expected the magic number of IDX images "
        + "(00 00 08 03), found 01 02 03 04"),
    Malformed(
      "gzip, cut sizes", GzipFixture.member([0, 0, 8, 3, 0]),
      "f, byte 4 of the uncompressed content: the sizes of rank 3 take 12 bytes, found 1"),
    Malformed(
      "gzip, cut body", GzipFixture.member(Array(images.dropLast())),
      "f, byte 16 of the uncompressed content: shape 2×2×3 needs 12 bytes, found 11"),
    Malformed(
      "gzip that grows past its header", GzipFixture.member(images + [1]),
      "f, byte 28 of the uncompressed content: expected the end of the content after shape 2×2×3, "
        + "found more"),
    Malformed(
      "gzip, more than it can hold", GzipFixture.member(idx([most, 28, 28], [1])),
      "f, byte 4 of the uncompressed content: shape 4294967295×28×28 needs 3367254359280 bytes, "
        + "40 bytes of gzip can hold 41280 at most"),
    Malformed(
      "gzip, wrong CRC", GzipFixture.member(images, crc: 1),
      "f, byte 43: the CRC-32 of the content is 0x840c1148, expected 0x00000001"),
    Malformed(
      "gzip, cut stream", Array(GzipFixture.member(images).dropLast(20)),
      "f, byte 31: the gzip stream is cut short here"),
  ]

  @Test(arguments: malformed) func refuses(_ malformed: Malformed) {
    #expect(message { _ = try IDXArray.images(malformed.bytes, file: "f") } == malformed.message)
  }

  @Test func refusesImagesAsLabels() {
    #expect(
      message { _ = try IDXArray.labels(Self.images, file: "f") }
        == "f, byte 3: labels have rank 1, or 2 as QMNIST's, found 3")
  }
}

@Suite struct IDXFolderTests {
  let folder = TemporaryFolder()

  /// Two images of 2×3 and their labels under `prefix`.
  func write(_ prefix: String, labels: [UInt8] = [1, 0], suffix: String = "") {
    folder.write(idx([2, 2, 3], Array(1...12)), to: "\(prefix)-images-idx3-ubyte\(suffix)")
    folder.write(idx([UInt32(labels.count)], labels), to: "\(prefix)-labels-idx1-ubyte\(suffix)")
  }

  @Test func splitsByName() throws {
    write("t10k")
    write("train", labels: [3, 0])
    let dataset = try DatasetReader.read(folder.path)
    #expect(dataset.format == .idx)
    #expect(dataset.splits.map(\.name) == ["train", "test"])
    #expect(dataset["train"]?.images.labels == [3, 0])
    // Classes of all splits together, so that the labels mean the same in each.
    #expect(dataset["test"]?.images.classNames == ["0", "1", "2", "3"])
    #expect(dataset["test"]?.images.sampleShape == [1, 2, 3])
    #expect(
      dataset["test"]?.files.map(\.path) == [
        folder("t10k-images-idx3-ubyte"), folder("t10k-labels-idx1-ubyte"),
      ])
    #expect(dataset["test"]?.files[0].sha256 == nil)
  }

  @Test func oneFileIsItsSplit() throws {
    write("t10k")
    write("train")
    let dataset = try DatasetReader.read(folder("t10k-images-idx3-ubyte"))
    #expect(dataset.splits.map(\.name) == ["test"])
    #expect(
      message { _ = try DatasetReader.read(folder("t10k-labels-idx1-ubyte")) }
        == "\(folder("t10k-labels-idx1-ubyte")): holds labels, expected a file of images")
  }

  /// EMNIST: rows and columns exchanged, labels from 1, names from the mapping.
  @Test func readsEMNIST() throws {
    write("emnist-letters-train", labels: [2, 1])
    folder.write(Array("1 65 97\n2 66 98\n".utf8), to: "emnist-letters-mapping.txt")
    let images = try #require(
      try DatasetReader.read(folder.path, options: ReadingOptions(transposed: true))["train"]
    ).images
    #expect(images.sampleShape == [1, 3, 2])
    #expect(images.pixels == [1, 4, 2, 5, 3, 6, 7, 10, 8, 11, 9, 12])
    #expect(images.labels == [1, 0])
    #expect(images.classNames == ["Aa", "Bb"])

    folder.write(Array("1 65\n3 66\n".utf8), to: "emnist-letters-mapping.txt")
    #expect(
      message { _ = try DatasetReader.read(folder.path) }
        == "\(folder("emnist-letters-mapping.txt")), line 2: expected label 2 and the codes of "
        + "its characters, found '3 66'")
  }

  /// Labels that begin at 1 and leave none out have no class 0 without samples.
  @Test func lettersWithoutTheirMappingAreCountedFromOne() throws {
    write("emnist-letters-train", labels: [2, 1])
    let open = try DatasetReader.open(folder.path)
    #expect(open.splits[0].images.classNames == ["1", "2"])
    #expect(open.splits[0].images.labels == [1, 0])
    #expect(
      open.notes == [
        "labels run from 1 to 2 and are read as 2 classes of these names, numbered from 0",
        "EMNIST's images are stored with rows and columns exchanged, and are read as stored",
      ])
  }

  @Test func labelsMayBeWiderIntegers() throws {
    folder.write(idx([2, 2, 3], Array(1...12)), to: "train-images-idx3-ubyte")
    folder.write(
      idx([2], type: 0x0C, [0, 0, 1, 0x2C, 0, 0, 0, 0]), to: "train-labels-idx1-int")
    let images = try #require(try DatasetReader.read(folder.path)["train"]).images
    #expect(images.labels == [300, 0])
    #expect(images.classCount == 301)
    folder.write(idx([2], type: 0x0B, [0xFF, 0xFE, 0, 0]), to: "train-labels-idx1-int")
    #expect(
      message { _ = try DatasetReader.read(folder.path) }
        == "\(folder("train-labels-idx1-int")), byte 8: expected a label of 0 or more, found -2"
    )
  }

  /// QMNIST: rows of eight integers, of which the first is the class.
  @Test func readsQMNIST() throws {
    func rows(_ labels: [UInt8], columns: UInt32) -> [UInt8] {
      idx(
        [2, columns], type: 0x0C,
        labels.flatMap { [0, 0, 0, $0] + Array(repeating: 9, count: 4 * Int(columns) - 4) })
    }
    folder.write(
      GzipFixture.member(idx([2, 2, 3], Array(1...12))), to: "qmnist-train-images-idx3-ubyte.gz")
    folder.write(
      GzipFixture.member(rows([7, 0], columns: 8)), to: "qmnist-train-labels-idx2-int.gz")
    let images = try #require(try DatasetReader.read(folder.path)["train"]).images
    #expect(images.labels == [7, 0])
    folder.write(rows([7, 0], columns: 3), to: "qmnist-train-labels-idx2-int.gz")
    #expect(
      message { _ = try DatasetReader.read(folder.path) }
        == "\(folder("qmnist-train-labels-idx2-int.gz")), byte 8: labels of rank 2 are read as "
        + "QMNIST's, int32 of shape N×8; found int32 of shape 2×3")
  }

  @Test func channelsMayComeLast() throws {
    let stored = Array(1...UInt8(24))
    folder.write(idx([2, 2, 2, 3], stored), to: "train-images-idx4-ubyte")
    folder.write(idx([2], [0, 1]), to: "train-labels-idx1-ubyte")
    let open = try DatasetReader.open(folder.path)
    #expect(
      open.notes == [
        "\(folder("train-images-idx4-ubyte")): shape 2×2×2×3 is read as 2×2 pixels of 3 channels, "
          + "which come last"
      ])
    let images = try #require(try DatasetReader.read(folder.path)["train"]).images
    #expect(images.sampleShape == [3, 2, 2])
    #expect(images.pixels.prefix(12) == [1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12])
    folder.write(idx([2, 3, 2, 3], Array(1...36)), to: "train-images-idx4-ubyte")
    #expect(
      message { _ = try DatasetReader.read(folder.path) }
        == "\(folder("train-images-idx4-ubyte")), byte 4: shape 2×3×2×3 may be 3 channels of 2×3 "
        + "or 3×2 pixels of 3 channels; write it with a count of channels that only one axis can be"
    )
  }

  /// Above the folder that torchvision unpacks to; two of them are ambiguous.
  @Test func theOneDataSetInAFolderOfFoldersIsFound() throws {
    write("data/MNIST/raw/train")
    #expect(try DatasetReader.read(folder("data/MNIST")).format == .idx)
    #expect(try DatasetReader.read(folder("data"))["train"]?.images.count == 2)
    write("data/FashionMNIST/raw/train")
    #expect(
      message { _ = try DatasetReader.read(folder("data")) }
        == "\(folder("data")): holds several data sets: '\(folder("data/FashionMNIST/raw"))', "
        + "'\(folder("data/MNIST/raw"))'; name one of them")
  }

  @Test func aNumberedDownloadIsNamed() {
    folder.write(idx([2], [0, 1]), to: "train-labels-idx1-ubyte")
    folder.write([0], to: "train-images-idx3-ubyte (1).gz")
    #expect(
      message { _ = try DatasetReader.read(folder.path) }
        == "\(folder("train-labels-idx1-ubyte")): expected a file of images beside these labels, "
        + "found none; 'train-images-idx3-ubyte (1).gz' would have to be named like "
        + "'train-images-idx3-ubyte'")
  }

  @Test func lettersOfNamesMayBeCapitals() throws {
    folder.write(idx([1, 1, 1], [5]), to: "TRAIN-IMAGES-IDX3-UBYTE")
    folder.write(idx([1], [0]), to: "TRAIN-LABELS-IDX1-UBYTE")
    #expect(try DatasetReader.read(folder.path)["train"]?.images.pixels == [5])
  }

  @Test func severalDataSetsInOneFolderAreAmbiguous() {
    write("emnist-letters-train")
    write("emnist-digits-train")
    #expect(
      message { _ = try DatasetReader.read(folder.path) }
        == "\(folder.path): holds the IDX files of several data sets: emnist-digits, "
        + "emnist-letters; name one file of images")
  }

  @Test func countsMustAgree() {
    write("train", labels: [1, 0, 1])
    #expect(
      message { _ = try DatasetReader.read(folder.path) }
        == "\(folder("train-labels-idx1-ubyte")), byte 4: expected 2 labels, one for each image "
        + "in '\(folder("train-images-idx3-ubyte"))', found 3")
  }

  @Test func labelMustBeAClass() {
    write("train", labels: [1, 2])
    folder.write(Array("cat\ndog\n".utf8), to: "classes.txt")
    #expect(
      message { _ = try DatasetReader.read(folder.path) }
        == "\(folder("train-labels-idx1-ubyte")), byte 9: expected a label in 0...1, found 2")
    folder.write(Array("cat\ncat\n".utf8), to: "classes.txt")
    #expect(
      message { _ = try DatasetReader.read(folder.path) }
        == "\(folder("classes.txt")), line 2: the class name 'cat' stands in line 1 already")
  }

  @Test func partnerMustBeThere() {
    folder.write(idx([1, 1, 1], [0]), to: "train-images-idx3-ubyte.gz")
    #expect(
      message { _ = try DatasetReader.read(folder.path) }
        == "\(folder("train-images-idx3-ubyte.gz")): expected a file of labels beside these "
        + "images, found none")
  }

  @Test func hashesOnRequest() throws {
    write("train")
    let dataset = try DatasetReader.read(folder.path, options: ReadingOptions(hashesFiles: true))
    // sha256sum of the label file's ten bytes.
    #expect(
      dataset["train"]?.files[1].sha256
        == "5c66aba3a762e749fce01733b324ea216dc02bd55e9854993e97fdb137383831")
    #expect(dataset.sha256 != nil)
  }
}
