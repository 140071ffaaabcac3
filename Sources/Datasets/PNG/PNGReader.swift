import CollapseCore
import Files
import Synchronization

/// Reads folders of PNG files: first every header, then every image straight to its place.
enum PNGReader {
  /// Files one task decodes, so that its buffers serve many.
  private static let filesPerTask = 64
  /// A file of at most so many bytes is read whole with its header and kept until it is decoded:
  /// opening it once more takes as long as decoding a small image.
  private static let largestKept = 1 << 16
  /// The most bytes of files that are kept; those beyond are read twice.
  private static let keptByteCount = 256 << 20

  /// A file whose header has been read.
  private struct Opened {
    let header: PNGHeader
    /// The whole file, where it is kept.
    let bytes: [UInt8]?
  }

  static func read(
    _ layout: PNGLayout, root: String, options: ReadingOptions
  ) throws -> ImageDataset {
    let opened = try open(layout, threads: options.threads)
    let headers = opened.map { $0.map(\.header) }
    let channels = headers.joined().contains { $0.channels == 3 } ? 3 : 1
    let size = try commonSize(layout, headers, root: root, options: options)
    let splits = try zip(layout.splits, opened).map { split, opened in
      let (pixels, files) = try decode(
        split.paths, opened, channels: channels, size: size, options: options)
      return DatasetSplit(
        name: split.name,
        images: LabeledImages(
          sampleShape: [channels, size.height, size.width], pixels: pixels, labels: split.labels,
          classNames: layout.classNames),
        files: files)
    }
    return ImageDataset(format: .png, splits: splits)
  }

  private static func open(_ layout: PNGLayout, threads: Int) throws -> [[Opened]] {
    let kept = Atomic(0)
    return try layout.splits.map { split in
      try Parallel.map(taskCount(split.paths.count), threads: threads) { task in
        try files(of: task, split.paths.count).map { try open(split.paths[$0], kept) }
      }.flatMap { $0 }
    }
  }

  private static func open(_ path: String, _ kept: borrowing Atomic<Int>) throws -> Opened {
    let isRoomLeft = kept.load(ordering: .relaxed) < keptByteCount
    let (bytes, fileSize) = try FileContents.prefix(
      path, count: isRoomLeft ? largestKept : PNGHeader.byteCount)
    let header = try bytes.withUnsafeBufferPointer { try PNGHeader($0, file: path) }
    // Before memory is set aside for all images: none may claim more than its file can hold.
    try header.check(compressedCount: fileSize - PNGHeader.byteCount, file: path)
    guard bytes.count == fileSize else { return Opened(header: header, bytes: nil) }
    kept.add(fileSize, ordering: .relaxed)
    return Opened(header: header, bytes: bytes)
  }

  private static func taskCount(_ fileCount: Int) -> Int {
    (fileCount + filesPerTask - 1) / filesPerTask
  }

  private static func files(of task: Int, _ fileCount: Int) -> Range<Int> {
    task * filesPerTask..<min(fileCount, (task + 1) * filesPerTask)
  }

  /// The size of all images, or the one they are brought to.
  private static func commonSize(
    _ layout: PNGLayout, _ headers: [[PNGHeader]], root: String, options: ReadingOptions
  ) throws(DatasetError) -> ImageSize {
    if let size = options.resize { return size }
    let first = headers[0][0].size
    let others = zip(layout.splits.flatMap(\.paths), headers.joined()).filter {
      $1.size != first
    }
    if others.isEmpty { return first }
    let few = others.prefix(3).map { "'\($0)' \($1.size)" }.joined(separator: ", ")
    throw DatasetError(
      file: root,
      problem: "expected images of one size, \(first) as in '\(layout.splits[0].paths[0])', "
        + "found \(others.count) of another: \(few)\(others.count > 3 ? ", …" : ""); "
        + "resize them to read them together")
  }

  private static func decode(
    _ paths: [String], _ opened: [Opened], channels: Int, size: ImageSize,
    options: ReadingOptions
  ) throws -> (pixels: [UInt8], files: [SourceFile]) {
    let imageCount = channels * size.height * size.width
    var files: [[SourceFile]] = []
    let pixels = try [UInt8](unsafeUninitializedCapacity: paths.count * imageCount) { all, filled in
      nonisolated(unsafe) let all = all
      files = try Parallel.map(taskCount(paths.count), threads: options.threads) { task in
        var decoder = PNGDecoder()
        var own: [UInt8] = []
        return try Self.files(of: task, paths.count).map { index in
          let bytes = try opened[index].bytes ?? FileContents.read(paths[index])
          let target = UnsafeMutableBufferPointer(
            rebasing: all[index * imageCount..<(index + 1) * imageCount])
          try decode(
            bytes, opened[index].header, file: paths[index], channels: channels, size: size,
            &decoder, &own, into: target)
          return SourceFile(paths[index], bytes, options: options)
        }
      }
      filled = paths.count * imageCount
    }
    return (pixels, files.flatMap { $0 })
  }

  /// Decodes one file into `target`, by way of `own` where it has to be resized.
  private static func decode(
    _ bytes: [UInt8], _ expected: PNGHeader, file: String, channels: Int, size: ImageSize,
    _ decoder: inout PNGDecoder, _ own: inout [UInt8],
    into target: UnsafeMutableBufferPointer<UInt8>
  ) throws {
    try bytes.withUnsafeBufferPointer { bytes in
      let chunks = try PNGChunks(bytes, file: file)
      let header = chunks.header
      guard header == expected else {
        throw DatasetError(file: file, problem: "its header changed while it was read")
      }
      if header.size == size {
        return try decoder.decode(bytes, chunks, file: file, channels: channels, into: target)
      }
      let plane = header.width * header.height
      if own.count < plane * channels { own = Array(repeating: 0, count: plane * channels) }
      try own.withUnsafeMutableBufferPointer { own in
        try decoder.decode(
          bytes, chunks, file: file, channels: channels,
          into: UnsafeMutableBufferPointer(rebasing: own[..<(plane * channels)]))
        let across = Resampling.taps(from: header.width, to: size.width)
        let down = Resampling.taps(from: header.height, to: size.height)
        for channel in 0..<channels {
          let start = channel * size.width * size.height
          Resampling.resize(
            UnsafeBufferPointer(rebasing: own[channel * plane..<(channel + 1) * plane]),
            columns: header.width, across: across, down: down,
            into: UnsafeMutableBufferPointer(
              rebasing: target[start..<start + size.width * size.height]))
        }
      }
    }
  }
}
