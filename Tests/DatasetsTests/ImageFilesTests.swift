import CollapseCore
import Datasets
import LibC
import TestSupport
import Testing

/// Folders of images as people have them: PNG beside JPEG, litter, links, bad files.
@Suite struct ImageFilesTests {
  let folder = TemporaryFolder()

  func write(_ value: Int, to name: String) {
    folder.write(PNGFixture(width: 2, height: 1, samples: [value, 0]).bytes, to: name)
  }

  /// libjpeg-turbo decodes for both; which options it is given shows in the pixels.
  @Test(arguments: ["rgb", "rgb-444", "rgb-progressive", "gray", "cmyk"])
  func decodesJPEGAsPillowDoes(name: String) throws {
    folder.write(try Golden.bytes("\(name).jpg"), to: "a/0.jpg")
    let dataset = try DatasetReader.read(folder.path)
    let images = try #require(dataset["all"]).images
    #expect(dataset.format == .images)
    #expect(images.sampleShape == [name == "gray" ? 1 : 3, 22, 29])
    #expect(images.pixels == (try Golden.bytes("\(name).planes")))
  }

  /// The content decides, not the name; gray becomes color beside color.
  @Test func formatsMayBeMixed() throws {
    folder.write(try Golden.bytes("gray.jpg"), to: "a/0.png")
    folder.write(try Golden.bytes("rgb.jpg"), to: "a/1.JPEG")
    let pixels = [UInt8](repeating: 7, count: 29 * 22)
    folder.write(
      PNGImage(width: 29, height: 22, channels: 1, pixels: pixels).encoded(), to: "b/2.jpg")
    let images = try #require(try DatasetReader.read(folder.path)["all"]).images
    let gray = try Golden.bytes("gray.planes")
    #expect(
      images.pixels == gray + gray + gray + (try Golden.bytes("rgb.planes")) + pixels + pixels
        + pixels)
    #expect(images.labels == [0, 0, 1])
  }

  @Test func grayMayBeMadeColor() throws {
    write(9, to: "a/0.png")
    let images = try #require(
      try DatasetReader.read(folder.path, options: ReadingOptions(channels: 3))["all"]
    ).images
    #expect(images.pixels == [9, 0, 9, 0, 9, 0])
  }

  @Test func whatSystemsLeaveBehindIsPassedOver() throws {
    write(1, to: "a/0.png")
    for name in ["Thumbs.db", "desktop.ini", "a/Thumbs.db", "a/._0.png", "a/Desktop.ini"] {
      folder.write([0], to: name)
    }
    folder.write([0], to: "__MACOSX/a/._0.png")
    folder.write([0], to: "a/__MACOSX/._0.png")
    folder.write([0], to: "README.md")
    let dataset = try DatasetReader.read(folder.path)
    #expect(dataset.classNames == ["a"])
    #expect(dataset["all"]?.images.count == 1)
  }

  /// All bad files of a set at once, whatever is wrong with each; or without them.
  @Test func badFilesAreToldTogetherOrLeftOut() throws {
    for index in 0..<6 { write(index, to: "a/\(index).png") }
    write(9, to: "b/9.png")
    let whole = PNGFixture(width: 2, height: 1, samples: [1, 0]).bytes
    folder.write(Array(whole.dropLast(12)), to: "a/1.png")
    folder.write([], to: "a/2.png")
    folder.write(Array(try Golden.bytes("rgb.jpg").dropLast(100)), to: "a/3.jpg")
    #expect(symlink("nowhere.png", folder("a/7.png")) == 0)
    #expect(mkfifo(folder("b/8.png"), 0o600) == 0)
    folder.write(Array("<!doctype html><p>404".utf8), to: "b/10.png")
    let options = ReadingOptions(
      geometry: ImageGeometry(resize: .exactly(ImageSize(width: 2, height: 1))))
    let error = #expect(throws: DatasetError.self) {
      try DatasetReader.read(folder.path, options: options)
    }
    #expect(
      error?.description == """
        6 files cannot be read:
          \(folder("a/7.png")): is a link that leads nowhere
          \(folder("b/8.png")): is a named pipe
          \(folder("a/2.png")), byte 0: expected a PNG image (89 50 4e 47 0d 0a 1a 0a) or a JPEG \
        image (ff d8 ff), found no bytes
          \(folder("b/10.png")): expected a PNG or JPEG image; it is a web page (HTML): the \
        download went wrong and a web page was saved in its place; fetch it again
          \(folder("a/1.png")), byte 59: expected a chunk, of 12 bytes or more, found 0: cut short
          \(folder("a/3.jpg")): libjpeg-turbo cannot decode it: Premature end of JPEG file
        """)
    #expect(error?.remedy == .leaveOutBadFiles)
    #expect(error?.kind == .badInput)

    var lenient = options
    lenient.leavesOutBadFiles = true
    lenient.hashesFiles = true
    let open = try DatasetReader.open(folder.path, options: lenient)
    #expect(open.leftOut.count == 6)
    let all = try #require(try DatasetReader.load(open, folder.path, lenient)["all"])
    #expect(all.images.labels == [0, 0, 0, 0, 1])
    #expect(
      all.files.map { String($0.path.split(separator: "/").last!) } == [
        "0.png", "3.png", "4.png", "5.png", "9.png",
      ])
    #expect(
      stride(from: 0, to: 10, by: 2).map { all.images.pixels[$0] } == [0, 3, 4, 5, 9])
  }

  @Test func aClassMayLackImagesInOneSplit() throws {
    write(1, to: "train/a/0.png")
    write(2, to: "train/b/0.png")
    write(3, to: "test/b/0.png")
    folder.write([0], to: "test/a/.keep")
    let dataset = try DatasetReader.read(folder.path)
    #expect(dataset.classNames == ["a", "b"])
    #expect(dataset["test"]?.images.labels == [1])
  }

  @Test func classesAreNumberedInTheOrderAskedFor() throws {
    for name in ["1", "2", "10", "b", "B"] { write(1, to: "\(name)/0.png") }
    #expect(try DatasetReader.read(folder.path).classNames == ["1", "2", "10", "B", "b"])
    let options = ReadingOptions(classOrder: .torchvision)
    #expect(
      try DatasetReader.read(folder.path, options: options).classNames
        == ["1", "10", "2", "B", "b"])
    folder.write(Array("b\n10\n2\n1\nB\n".utf8), to: "classes.txt")
    #expect(
      try DatasetReader.read(folder.path, options: options).classNames
        == ["b", "10", "2", "1", "B"])
  }

  @Test(
    arguments: [
      ([0xFF, 0xD8, 0xFF], "libjpeg-turbo cannot decode it: Premature end of JPEG file"),
      (
        Array("GIF89a".utf8),
        "expected a PNG or JPEG image; it is a GIF image: convert images to PNG"
      ),
      (
        Array("version https://git-lfs.github.com/spec/v1\n".utf8),
        "expected a PNG or JPEG image; it is a Git LFS pointer: the data itself is elsewhere; 'git "
          + "lfs pull' brings it"
      ),
    ] as [([UInt8], String)]) func refuses(bytes: [UInt8], problem: String)
  {
    folder.write(bytes, to: "a/0.jpg")
    #expect(
      message { _ = try DatasetReader.read(folder.path) } == "\(folder("a/0.jpg")): \(problem)")
  }

  /// Many cameras leave bytes between the last of the image and its end.
  @Test func extraneousBytesInAJPEGDoNoHarm() throws {
    let bytes = try Golden.bytes("rgb.jpg")
    folder.write(bytes.dropLast(2) + [0, 0, 0, 0, 0xFF, 0xD9], to: "a/0.jpg")
    let images = try #require(try DatasetReader.read(folder.path)["all"]).images
    #expect(images.pixels == (try Golden.bytes("rgb.planes")))
  }
}
