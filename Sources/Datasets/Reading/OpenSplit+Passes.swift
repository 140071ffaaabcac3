public import CollapseCore
import Synchronization

extension OpenSplit {
  /// Images that go through one pass together.
  static let blockSize = 256

  /// All images in memory, and the files they come from.
  ///
  /// - Throws: ``DatasetError`` that says how much memory they take where it is more than
  ///   `options.memoryLimit`, before any is set aside.
  func load(_ options: ReadingOptions) throws -> DatasetSplit {
    let size = images.sampleShape.elementCount
    let digests = FileDigests(self, options)
    let pixels: [UInt8]
    if let all = images.allPixels {
      pixels = all
    } else {
      pixels = try [UInt8](unsafeUninitializedCapacity: images.count * size) { out, filled in
        try images.decode(
          0..<images.count,
          into: UnsafeMutableBufferPointer(rebasing: out[..<(images.count * size)]),
          onFile: digests.add)
        filled = images.count * size
      }
    }
    return DatasetSplit(
      name: name,
      images: LabeledImages(
        sampleShape: images.sampleShape, pixels: pixels, labels: images.labels,
        classNames: images.classNames),
      companion: companion, files: try digests.files())
  }

  /// Calls `body` with all images, a block after another, and returns the files they come from.
  ///
  /// Memory is that of one block, however many images there are.
  ///
  /// - Throws: what keeps an image from being decoded, and what `body` throws.
  public func forEachBlock(
    _ options: ReadingOptions, _ body: (UnsafeBufferPointer<UInt8>) throws -> Void
  ) throws -> [SourceFile] {
    let size = images.sampleShape.elementCount
    let digests = FileDigests(self, options)
    try MemoryNeed.check(
      min(Self.blockSize, images.count), of: images.sampleShape, limit: options.memoryLimit,
      what: "that are decoded together", file: name)
    var block = [UInt8](repeating: 0, count: min(Self.blockSize, images.count) * size)
    for start in stride(from: 0, to: images.count, by: Self.blockSize) {
      let range = start..<min(images.count, start + Self.blockSize)
      try block.withUnsafeMutableBufferPointer { block in
        let pixels = UnsafeMutableBufferPointer(rebasing: block[..<(range.count * size)])
        try images.decode(range, into: pixels, onFile: digests.add)
        try body(UnsafeBufferPointer(pixels))
      }
    }
    return try digests.files()
  }
}

extension StreamedImages {
  /// The pixels, where they lie in memory just so.
  var allPixels: [UInt8]? {
    steps.isEmpty && positions == Array(0..<count) ? source.allPixels(count: count) : nil
  }

  /// The samples at `indices` in memory.
  ///
  /// - Throws: what keeps an image from being decoded.
  public func loaded(_ indices: [Int]) throws -> LabeledImages {
    let size = sampleShape.elementCount
    let pixels = try [UInt8](unsafeUninitializedCapacity: indices.count * size) { out, filled in
      try decode(
        indices, into: UnsafeMutableBufferPointer(rebasing: out[..<(indices.count * size)]))
      filled = indices.count * size
    }
    return LabeledImages(
      sampleShape: sampleShape, pixels: pixels, labels: indices.map { labels[$0] },
      classNames: classNames)
  }
}

/// The source files of a split: those of one image each by the bytes that are decoded anyway.
private final class FileDigests: Sendable {
  private let split: OpenSplit
  private let options: ReadingOptions
  private let perImage: Mutex<[SourceFile?]>

  init(_ split: OpenSplit, _ options: ReadingOptions) {
    self.split = split
    self.options = options
    if case .perImage(let paths) = split.files {
      perImage = Mutex(Array(repeating: nil, count: paths.count))
    } else {
      perImage = Mutex([])
    }
  }

  /// What is to be told of each file, where there is something to tell.
  var add: (@Sendable (_ position: Int, _ bytes: [UInt8]) -> Void)? {
    guard case .perImage(let paths) = split.files else { return nil }
    return { [self] position, bytes in
      let file = SourceFile(paths[position], bytes, options: options)
      perImage.withLock { $0[position] = file }
    }
  }

  func files() throws -> [SourceFile] {
    switch split.files {
    // Those that were left out have none.
    case .perImage: perImage.withLock { $0.compactMap { $0 } }
    case .shared(let paths):
      try Parallel.map(paths.count, threads: options.threads) {
        try SourceFile(at: paths[$0], isHashed: options.hashesFiles)
      }
    }
  }
}
