import CollapseCore
import Datasets
import TestSupport
import Testing

/// Resizing and cutting out, against Pillow.
@Suite struct GeometryTests {
  let folder = TemporaryFolder()

  struct Case: Sendable, CustomTestStringConvertible {
    let geometry: ImageGeometry
    let golden: String
    var testDescription: String { golden }

    init(exactly width: Int, _ height: Int) {
      geometry = ImageGeometry(resize: .exactly(ImageSize(width: width, height: height)))
      golden = "exactly-\(width)x\(height)"
    }

    init(side: Int, crop width: Int, _ height: Int) {
      geometry = ImageGeometry(
        resize: .shorterSide(side), crop: ImageSize(width: width, height: height))
      golden = "side-\(side)-crop-\(width)x\(height)"
    }
  }

  static let cases = [
    Case(exactly: 12, 9), Case(exactly: 5, 40), Case(exactly: 74, 46), Case(exactly: 37, 11),
    Case(exactly: 20, 23), Case(exactly: 1, 1), Case(side: 12, crop: 11, 11),
    Case(side: 23, crop: 20, 20), Case(side: 31, crop: 28, 30), Case(side: 9, crop: 13, 7),
  ]

  /// A level of tolerance is what the documentation promises; there is none between the two.
  @Test(arguments: cases) func equalsPillow(_ example: Case) throws {
    let source = PNGImage(
      width: 37, height: 23, channels: 3, pixels: try Golden.bytes("source-37x23.planes"))
    folder.write(source.encoded(), to: "a/0.png")
    let images = try #require(
      try DatasetReader.read(folder.path, options: ReadingOptions(geometry: example.geometry))[
        "all"]
    ).images
    #expect(images.pixels == (try Golden.bytes("\(example.golden).planes")))
  }

  /// The same of images that lie packed in a file, in whatever order.
  @Test(arguments: [false, true]) func packedImagesAreBroughtToSize(isTransposed: Bool) throws {
    let planes = try Golden.bytes("source-37x23.planes")
    let stored =
      isTransposed
      ? (0..<3).flatMap { channel in
        (0..<37).flatMap { x in (0..<23).map { y in planes[(channel * 23 + y) * 37 + x] } }
      } : planes
    folder.write(
      idx(isTransposed ? [1, 3, 37, 23] : [1, 3, 23, 37], stored), to: "train-images-idx4-ubyte")
    folder.write(idx([1], [0]), to: "train-labels-idx1-ubyte")
    let options = ReadingOptions(
      transposed: isTransposed, geometry: Self.cases[6].geometry)
    let images = try #require(try DatasetReader.read(folder.path, options: options)["train"]).images
    #expect(images.sampleShape == [3, 11, 11])
    #expect(images.pixels == (try Golden.bytes("side-12-crop-11x11.planes")))
  }

  @Test func whatIsCutOutMustBeThere() {
    folder.write(
      PNGImage(width: 4, height: 3, channels: 1, pixels: Array(repeating: 0, count: 12)).encoded(),
      to: "a/0.png")
    let options = ReadingOptions(geometry: ImageGeometry(crop: ImageSize(width: 4, height: 4)))
    let error = #expect(throws: DatasetError.self) {
      try DatasetReader.read(folder.path, options: options)
    }
    #expect(error?.description == "\(folder("a/0.png")): 4×4 pixels cannot be cut out of 4×3")
    #expect(error?.kind == .usage)
    #expect(error?.remedy == .resize)
  }

  @Test func presetsAreInBytes() throws {
    let preset = try #require(
      Preprocessing.presets.first { $0.name == "imagenet-v1" }?.preprocessing)
    #expect(preset.geometry.resize == .shorterSide(256))
    #expect(preset.geometry.crop == ImageSize(width: 224, height: 224))
    #expect(preset.normalization?.means == [0.485 * 255, 0.456 * 255, 0.406 * 255])
  }
}
