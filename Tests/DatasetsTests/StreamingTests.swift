import CollapseCore
import Datasets
import TestSupport
import Testing

/// Images that are read when they are asked for are those that reading into memory gives.
@Suite struct StreamingTests {
  let folder = TemporaryFolder()

  /// 300 images of 2×3 in files of each kind.
  func write(_ kind: String) {
    let count = 300
    switch kind {
    case "idx":
      folder.write(
        idx([UInt32(count), 2, 3], (0..<6 * count).map { UInt8($0 % 251) }),
        to: "train-images-idx3-ubyte")
      folder.write(
        idx([UInt32(count)], (0..<count).map { UInt8($0 % 3) }), to: "train-labels-idx1-ubyte")
    case "gzip":
      folder.write(
        GzipFixture.member(idx([UInt32(count), 2, 3], (0..<6 * count).map { UInt8($0 % 251) })),
        to: "train-images-idx3-ubyte.gz")
      folder.write(
        idx([UInt32(count)], (0..<count).map { UInt8($0 % 3) }), to: "train-labels-idx1-ubyte")
    case "cifar":
      var bytes: [UInt8] = []
      for image in 0..<count {
        bytes.append(UInt8(image % 10))
        for pixel in 0..<3072 { bytes.append(UInt8((pixel + image) % 256)) }
      }
      folder.write(bytes, to: "data_batch_1.bin")
    default:
      for image in 0..<count {
        folder.write(
          PNGFixture(width: 3, height: 2, samples: (0..<6).map { ($0 + image) % 256 }).bytes,
          to: "train/\(image % 3)/\(image).png")
      }
    }
  }

  @Test(arguments: ["idx", "gzip", "cifar", "png"], [1, 3])
  func streamedIsLoaded(kind: String, threads: Int) throws {
    write(kind)
    let options = ReadingOptions(hashesFiles: true, threads: threads)
    let loaded = try #require(try DatasetReader.read(folder.path, options: options)["train"])
    let open = try DatasetReader.open(folder.path, options: options).splits[0]
    #expect(open.images.labels == loaded.images.labels)
    #expect(open.images.classNames == loaded.images.classNames)
    var pixels: [UInt8] = []
    let files = try open.forEachBlock(options) { pixels += $0 }
    #expect(pixels == loaded.images.pixels)
    #expect(files == loaded.files)
    // Subsets, in an order of their own, as floats.
    let indices = [299, 0, 17, 17, 256]
    let size = loaded.images.sampleShape.elementCount
    #expect(
      try floats(open.images.selecting(indices), 0..<5, size)
        == floats(loaded.images, indices, size))
  }

  func floats(
    _ samples: some LabeledSamples, _ indices: some Collection<Int>, _ size: Int
  ) throws -> [Float] {
    var values = [Float](repeating: -1, count: indices.count * size)
    try values.withUnsafeMutableBufferPointer { try samples.copy(indices, into: $0) }
    return values
  }

  @Test func shapingIsTheSame() throws {
    write("png")
    var shaping = Shaping()
    shaping.classes = ["2", "0"]
    shaping.perClass = 20
    shaping.labelNoise = 0.3
    shaping.padTo = 8
    shaping.pixelNoise = 20
    shaping.colour = Colouring(agreement: [0.5, 0.9])
    shaping.normalization = .computed
    let loaded = try shaping.apply(
      to: try #require(DatasetReader.read(folder.path)["train"]).images)
    let open = try shaping.apply(to: try DatasetReader.open(folder.path).splits[0].images)
    #expect(open.record == loaded.record)
    #expect(open.samples.labels == loaded.samples.labels)
    #expect(
      try floats(open.samples, 0..<40, 128) == floats(loaded.samples, 0..<40, 128))
    // In another order, as batches come.
    let order = [39, 3, 3, 17]
    #expect(try floats(open.samples, order, 128) == floats(loaded.samples, order, 128))
    #expect(
      try floats(open.samples.selecting(order), 0..<4, 128) == floats(loaded.samples, order, 128))
  }

  /// A file that goes bad between its header and its pixels is met in the middle of a pass.
  @Test func aBadImageEndsThePassByName() throws {
    write("png")
    var bad = PNGFixture(width: 3, height: 2, samples: Array(0..<6)).bytes
    bad[bad.count - 20] ^= 1
    folder.write(bad, to: "train/0/3.png")
    folder.write(bad, to: "train/1/100.png")
    let images = try DatasetReader.open(folder.path).splits[0].images
    let text = try #require(message { _ = try floats(images, 0..<50, 6) })
    #expect(text.hasPrefix("2 files cannot be read:\n  \(folder("train/0/3.png")), byte "))
    #expect(text.contains(folder("train/1/100.png")))
  }

  @Test func whatDoesNotFitInMemoryIsRefusedBefore() throws {
    write("idx")
    let options = ReadingOptions(memoryLimit: 1000)
    let error = #expect(throws: DatasetError.self) {
      try DatasetReader.read(folder.path, options: options)
    }
    #expect(
      error?.description
        == "\(folder.path): 300 images of 1×2×3 take 0.0 GB of memory, 0.0 GB can be had: resize "
        + "them, or take fewer")
    #expect(error?.remedy == .resize)
    // A block at a time does not fit either.
    let split = try DatasetReader.open(folder.path, options: options).splits[0]
    #expect(
      message { _ = try split.forEachBlock(options) { _ in } }
        == "train: 256 images of 1×2×3 that are decoded together take 0.0 GB of memory, 0.0 GB can "
        + "be had: resize them, or take fewer")
  }

  @Test func statisticsAreThoseOfAll() throws {
    write("png")
    let split = try DatasetReader.open(folder.path).splits[0]
    var histogram = PixelHistogram(of: split.images.sampleShape)
    _ = try split.forEachBlock(ReadingOptions()) { histogram.add($0) }
    let loaded = try #require(DatasetReader.read(folder.path)["train"]).images
    #expect(PixelStatistics(histogram) == PixelStatistics(of: loaded))
    #expect(
      try ContactSheet(images: split.images, columns: 2).png()
        == ContactSheet(images: loaded, columns: 2).png())
  }
}
