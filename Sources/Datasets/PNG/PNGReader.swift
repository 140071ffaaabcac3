import Files
import Tensors

/// Reads folders of PNG files: first every header, then every image straight to its place.
enum PNGReader {
  /// Files one task decodes, so that its buffers serve many.
  private static let filesPerTask = 64

  static func read(
    _ layout: PNGLayout, root: String, options: ReadingOptions
  ) throws -> ImageDataset {
    let headers = try layout.splits.map { try Self.headers($0.paths, threads: options.threads) }
    let channels = headers.joined().contains { $0.channels == 3 } ? 3 : 1
    let size = try commonSize(layout, headers, root: root, options: options)
    let splits = try zip(layout.splits, headers).map { split, headers in
      let (pixels, files) = try decode(
        split.paths, headers, channels: channels, size: size, options: options)
      return DatasetSplit(
        name: split.name,
        images: LabeledImages(
          sampleShape: [channels, size.height, size.width], pixels: pixels, labels: split.labels,
          classNames: layout.classNames),
        files: files)
    }
    return ImageDataset(format: .png, splits: splits)
  }

  private static func headers(_ paths: [String], threads: Int) throws -> [PNGHeader] {
    try Parallel.map(paths.count, threads: threads) { index in
      let path = paths[index]
      let (bytes, fileSize) = try FileContents.prefix(path, count: PNGHeader.byteCount)
      return try bytes.withUnsafeBufferPointer {
        let header = try PNGHeader($0, file: path)
        // Before memory is set aside for all images: none may claim more than its file can hold.
        try header.check(compressedCount: fileSize - $0.count, file: path)
        return header
      }
    }
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
    _ paths: [String], _ headers: [PNGHeader], channels: Int, size: ImageSize,
    options: ReadingOptions
  ) throws -> (pixels: [UInt8], files: [SourceFile]) {
    let imageCount = channels * size.height * size.width
    let taskCount = (paths.count + filesPerTask - 1) / filesPerTask
    var files: [[SourceFile]] = []
    let pixels = try [UInt8](unsafeUninitializedCapacity: paths.count * imageCount) { all, filled in
      nonisolated(unsafe) let all = all
      files = try Parallel.map(taskCount, threads: options.threads) { task in
        var decoder = PNGDecoder()
        var own: [UInt8] = []
        let range = task * filesPerTask..<min(paths.count, (task + 1) * filesPerTask)
        return try range.map { index in
          let bytes = try FileContents.read(paths[index])
          let target = UnsafeMutableBufferPointer(
            rebasing: all[index * imageCount..<(index + 1) * imageCount])
          try decode(
            bytes, headers[index], file: paths[index], channels: channels, size: size, &decoder,
            &own, into: target)
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
