import CollapseCore
import Datasets
import TestSupport
import Testing

/// Tables of labels beside images, as competitions publish them.
@Suite struct ImageListTests {
  let folder = TemporaryFolder()

  func write(_ value: Int, to name: String) {
    folder.write(PNGFixture(width: 1, height: 1, samples: [value]).bytes, to: name)
  }

  func read(_ path: String? = nil) throws -> ImageDataset {
    try DatasetReader.read(path ?? folder.path)
  }

  @Test func namesMayLackTheirSuffixAndStandInQuotes() throws {
    for value in 0..<3 { write(value, to: "train/img \(value).png") }
    folder.write(
      Array(
        "\u{FEFF}image_id;breed\r\n\"img 2\";\"pug, black\"\r\nimg 0.png;beagle\r\ntrain/img 1;beagle\r\n"
          .utf8),
      to: "train.csv")
    let dataset = try read()
    #expect(dataset.splits.map(\.name) == ["train"])
    #expect(dataset.classNames == ["beagle", "pug, black"])
    #expect(dataset["train"]?.images.pixels == [2, 0, 1])
    #expect(dataset["train"]?.images.labels == [1, 0, 0])
    #expect(try read(folder("train.csv"))["train"]?.images == dataset["train"]?.images)
  }

  @Test func imagesMayLieBesideTheTable() throws {
    write(7, to: "a.png")
    folder.write(Array("file,10\na.png,2\n".utf8), to: "labels.csv")
    let dataset = try read()
    #expect(dataset.splits.map(\.name) == ["all"])
    #expect(dataset.classNames == ["2"])
  }

  @Test func aTableWithoutLabelsIsToldOf() throws {
    write(1, to: "train/0.png")
    write(2, to: "test/1.png")
    folder.write(Array("id,label\n0,x\n".utf8), to: "train.csv")
    folder.write(Array("id\n1\n".utf8), to: "test.csv")
    let open = try DatasetReader.open(folder.path)
    #expect(open.splits.map(\.name) == ["train"])
    #expect(
      open.notes == [
        "\(folder("test.csv")): has no column of labels and is not read",
        "\(folder("train.csv")): files are named by column 'id', labels are column 'label'",
      ])
  }

  @Test func everyImageHasALineAndEveryLineAnImage() throws {
    for value in 0..<3 { write(value, to: "train/\(value).png") }
    folder.write(Array("id,label\n0,a\n9,b\n".utf8), to: "train.csv")
    #expect(
      message { _ = try read() } == """
        3 files cannot be read:
          \(folder("train.csv")), line 3: there is no image '9' in '\(folder("train"))'
          \(folder("train/1.png")): has no line in '\(folder("train.csv"))'
          \(folder("train/2.png")): has no line in '\(folder("train.csv"))'
        """)
    let lenient = try DatasetReader.open(
      folder.path, options: ReadingOptions(leavesOutBadFiles: true))
    #expect(lenient.leftOut.count == 3)
    #expect(lenient.splits[0].images.labels == [0])
  }

  static let malformed = [
    ("", "holds no line"),
    ("id,label\n0\n", "line 2: expected 2 fields as in line 1, found 1"),
    ("id,label\n\"0,a\n", "line 2: a quote is opened here and not closed"),
    ("id,label\n0,a\n0.png,b\n", "line 3: the image '0.png' stands in line 2 already"),
    ("id,label\n0,\n", "line 2: expected a label, found none"),
    (
      "id,breed,species\n0,a,b\n",
      "the labels may be in columns 'breed', 'species'; leave one of them, or call it 'label'"
    ),
    ("a,b\n0,0\n", "columns 'a', 'b' name the images of 'F' equally well"),
    (
      "id,label\nx,a\n",
      "expected a column with the names of the images in 'F', found none among 'id', 'label'"
    ),
  ]

  @Test(arguments: malformed) func refuses(text: String, problem: String) {
    write(1, to: "train/0.png")
    folder.write(Array(text.utf8), to: "train.csv")
    let found = message { _ = try read() }
    let problem = problem.replacing("'F'", with: "'\(folder("train"))'")
    let separator = problem.hasPrefix("line") ? ", " : ": "
    #expect(found == folder("train.csv") + separator + problem)
  }
}
