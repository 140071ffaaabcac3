import CollapseCore
import Datasets
import TestSupport
import Testing

/// Archives of NumPy arrays as data sets.
@Suite struct NPZTests {
  let folder = TemporaryFolder()

  func array(_ shape: [Int], _ bytes: [UInt8]) -> [UInt8] {
    NPYWriter.file("|u1", shape, data: bytes)
  }

  func write(_ arrays: [(String, [UInt8])], to name: String) {
    var archive = ZipWriter()
    archive.entries = arrays.map { ZipWriter.Entry($0.0 + ".npy", $0.1).deflated }
    folder.write(archive.bytes, to: name)
  }

  /// Keras' names and MedMNIST's, labels [N] and [N, 1].
  @Test(arguments: [
    ["x_train", "y_train", "x_test", "y_test"],
    ["train_images", "train_labels", "test_images", "test_labels"],
  ]) func splitsAreFoundByTheNamesOfTheirArrays(names: [String]) throws {
    write(
      [
        (names[0], array([2, 2, 3], Array(1...12))),
        (names[1], array([2, 1], [3, 0])),
        (names[2], array([1, 2, 3], Array(13...18))),
        (names[3], array([1], [1])),
      ], to: "mnist.npz")
    for path in [folder.path, folder("mnist.npz")] {
      let dataset = try DatasetReader.read(path)
      #expect(dataset.format == .npz)
      #expect(dataset.splits.map(\.name) == ["train", "test"])
      #expect(dataset.classNames == ["0", "1", "2", "3"])
      #expect(dataset["train"]?.images.labels == [3, 0])
      #expect(dataset["train"]?.images.pixels == Array(1...12))
      #expect(dataset["test"]?.images.pixels == Array(13...18))
    }
  }

  /// Kuzushiji-MNIST: an archive of images beside one of labels.
  @Test func archivesOfOneArrayArePaired() throws {
    write([("arr_0", array([2, 2, 3], Array(1...12)))], to: "k-train-imgs.npz")
    write([("arr_0", array([2], [1, 0]))], to: "k-train-labels.npz")
    let open = try DatasetReader.open(folder.path)
    #expect(open.splits.map(\.name) == ["train"])
    #expect(open.notes.isEmpty)
    #expect(open.splits[0].images.labels == [1, 0])
  }

  @Test func whatIsNoDataSetIsSaid() {
    write([("weights", array([2], [1, 0]))], to: "a.npz")
    #expect(
      message { _ = try DatasetReader.read(folder("a.npz")) }
        == "\(folder("a.npz")): expected arrays such as x_train and y_train, train_images and "
        + "train_labels, or images and labels, found 'weights'")
    write([("images", array([2, 1, 1], [1, 0]))], to: "a.npz")
    #expect(
      message { _ = try DatasetReader.read(folder("a.npz")) }
        == "\(folder("a.npz")): holds the images 'images' and no labels of theirs")
  }
}
