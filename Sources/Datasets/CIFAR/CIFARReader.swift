import CollapseCore
import Files

/// Reads the batch files of a data set.
enum CIFARReader {
  static func read(_ layout: CIFARLayout, options: ReadingOptions) throws -> ImageDataset {
    let paths = layout.batches.flatMap(\.paths)
    let read = try Parallel.map(paths.count, threads: options.threads) { index in
      let bytes = try FileContents.read(paths[index])
      return (
        batch: try CIFARBatch(bytes, file: paths[index]),
        file: SourceFile(paths[index], bytes, options: options)
      )
    }
    let record = read[0].batch.record
    for (index, other) in read.enumerated() where other.batch.record != record {
      throw DatasetError(
        file: paths[index],
        problem: "expected records of \(record.byteCount) bytes as in '\(paths[0])', "
          + "found \(other.batch.record.byteCount)")
    }
    if record == .oneLabel, options.labelKind == .coarse {
      throw DatasetError(
        file: paths[0], problem: "has one label per image, so there are no coarse labels",
        kind: .usage)
    }
    let classNames = try names(layout, record, options.labelKind)
    let otherKind: LabelKind = options.labelKind == .fine ? .coarse : .fine
    let otherNames = try names(layout, record, otherKind)
    var rest = read[...]
    let splits = try layout.batches.map { split, paths in
      let batches = rest.prefix(paths.count)
      rest = rest.dropFirst(paths.count)
      let labels = try batches.flatMap {
        try $0.batch.labels(options.labelKind, classCount: classNames.count).map { Int32($0) }
      }
      let companion: CompanionLabels? =
        try record == .oneLabel
        ? nil
        : CompanionLabels(
          kind: otherKind,
          labels: batches.flatMap {
            try $0.batch.labels(otherKind, classCount: otherNames.count)
          },
          classNames: otherNames)
      let images = LabeledImages(
        sampleShape: CIFARRecord.imageShape, pixels: pixels(batches.map(\.batch)),
        labels: labels, classNames: classNames)
      return DatasetSplit(
        name: split, images: try images.resized(to: options.resize, threads: options.threads),
        companion: companion, files: batches.map(\.file))
    }
    return ImageDataset(format: .cifar, splits: splits)
  }

  private static func names(
    _ layout: CIFARLayout, _ record: CIFARRecord, _ kind: LabelKind
  ) throws -> [String] {
    try layout.classNames(record, kind) ?? ClassNames.decimal(record.classCount(kind))
  }

  private static func pixels(_ batches: [CIFARBatch]) -> [UInt8] {
    let count = batches.reduce(0) { $0 + $1.count } * CIFARRecord.pixelCount
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      for batch in batches {
        let end = filled + batch.count * CIFARRecord.pixelCount
        batch.copyPixels(into: UnsafeMutableBufferPointer(rebasing: buffer[filled..<end]))
        filled = end
      }
    }
  }
}
