import CollapseCore
import Datasets
import Files
import LibC
import TestSupport
import Testing

@Suite struct DatasetReaderTests {
  let folder = TemporaryFolder()

  @Test func missingPathIsNamed() {
    let error = #expect(throws: FileError.self) { try DatasetReader.read("no/such") }
    #expect(error?.description == "cannot read 'no/such': it does not exist")
    #expect(error?.kind == .missingInput)
  }

  @Test(.enabled(if: geteuid() != 0, "root may read everything"))
  func unreadablePathIsNamed() {
    folder.write(idx([1], [0]), to: "train-labels-idx1-ubyte")
    let images = folder.write(idx([1, 1, 1], [0]), to: "train-images-idx3-ubyte")
    chmod(images, 0)
    #expect(
      message { _ = try DatasetReader.read(folder.path) }
        == "cannot read '\(images)': permission denied")
  }

  @Test func aFolderUnderAFilesNameIsNamed() {
    folder.write([0], to: "train-images-idx3-ubyte/x")
    folder.write(idx([1], [0]), to: "train-labels-idx1-ubyte")
    #expect(
      message { _ = try DatasetReader.read(folder("train-labels-idx1-ubyte")) }
        == "\(folder("train-labels-idx1-ubyte")): holds labels, expected a file of images")
    #expect(
      message { _ = try IDXArray.images(try FileContents.read(folder.path), file: "f") }
        == "cannot read '\(folder.path)': it is a folder, expected a file")
  }

  static let expectation =
    "expected IDX files (…-images-idx3-ubyte), or STL-10 files (train_X.bin, train_y.bin), or "
    + "CIFAR's batches for Python (cifar-10-batches-py, cifar-100-python), or CIFAR files (….bin), "
    + "or NumPy archives (….npz) of images and labels, or a folder of images and a table of their "
    + "labels (train.csv), or folders of PNG or JPEG images, one for each class"

  @Test(arguments: [
    ("x", [UInt8]([1, 2, 3, 4, 5]), "found 01 02 03 04"), ("y", [], "found no bytes"),
    ("z.gz", GzipFixture.member([0xAB]), "found ab"),
  ]) func unknownFileIsRefused(name: String, bytes: [UInt8], found: String) {
    let path = folder.write(bytes, to: name)
    #expect(
      message { _ = try DatasetReader.read(path) }
        == "\(path), byte 0: \(Self.expectation); \(found)")
  }

  @Test func onePictureIsNoDataSet() {
    let path = folder.write(PNGImageTests.gray, to: "a.png")
    #expect(
      message { _ = try DatasetReader.read(path) }
        == "\(path): is one PNG image: name the folder that holds the folders of its classes")
  }

  @Test func idxUnderAnotherNameSaysWhatTheNameMustBe() {
    let path = folder.write(idx([1, 1, 1], [0]), to: "digits")
    #expect(
      message { _ = try DatasetReader.read(path) }
        == "\(path): is an IDX file; to find its labels its name must be like "
        + "'train-images-idx3-ubyte'")
  }

  /// A triangle filter as wide as the reduction: halving averages, and a constant stays.
  @Test func resizingAveragesWhereItShrinks() throws {
    folder.write(
      idx([1, 1, 8], [0, 100, 100, 100, 100, 100, 100, 200]), to: "all-images-idx3-ubyte")
    folder.write(idx([1], [0]), to: "all-labels-idx1-ubyte")
    let options = ReadingOptions(
      geometry: ImageGeometry(resize: .exactly(ImageSize(width: 4, height: 2))))
    let images = try #require(try DatasetReader.read(folder.path, options: options)["all"]).images
    #expect(images.sampleShape == [1, 2, 4])
    // Weights 1/8 3/8 3/8 1/8 inside; 3/7 3/7 1/7 at the ends.
    #expect(images.pixels == [57, 100, 100, 143, 57, 100, 100, 143])
  }
}
