import CollapseCore
import Files

/// CIFAR's binary format: batch files of records, each a label or two and a 3×32×32 image.
enum CIFARFormat: ImageFormat {
  static let expectation = "CIFAR files (….bin)"

  static func matches(_ place: DatasetPlace) throws -> Bool {
    guard let (name, _) = place.file else {
      return try !CIFARLayout.candidates(in: place.folder, place.contents).isEmpty
    }
    return CIFARLayout.stem(name) != nil
  }

  static func open(_ place: DatasetPlace, _ options: ReadingOptions) throws -> OpenDataset {
    let layout = try CIFARLayout(
      folder: place.folder, contents: place.contents, only: place.file?.name)
    let paths = layout.batches.flatMap(\.paths)
    let batches = try Parallel.map(paths.count, threads: options.threads) {
      try CIFARBatch(try FileContents.read(paths[$0]), file: paths[$0])
    }
    let record = batches[0].record
    for (path, other) in zip(paths, batches) where other.record != record {
      throw DatasetError(
        file: path,
        problem: "expected records of \(record.byteCount) bytes as in '\(paths[0])', "
          + "found \(other.record.byteCount)")
    }
    if record == .oneLabel, options.labelKind == .coarse {
      throw DatasetError(
        file: paths[0], problem: "has one label per image, so there are no coarse labels",
        kind: .usage)
    }
    let classNames = try names(layout, record, options.labelKind)
    let otherKind: LabelKind = options.labelKind == .fine ? .coarse : .fine
    let otherNames = try names(layout, record, otherKind)
    var rest = batches[...]
    let splits = try layout.batches.map { split, paths in
      let batches = rest.prefix(paths.count)
      rest = rest.dropFirst(paths.count)
      let labels = try batches.flatMap {
        try $0.labels(options.labelKind, classCount: classNames.count).map { Int32($0) }
      }
      let companion: CompanionLabels? =
        try record == .oneLabel
        ? nil
        : CompanionLabels(
          kind: otherKind,
          labels: batches.flatMap { try $0.labels(otherKind, classCount: otherNames.count) },
          classNames: otherNames)
      return OpenSplit(
        name: split,
        images: StreamedImages(
          try PackedImages.checked(
            batches.map(\.images), shape: CIFARRecord.imageShape, options, file: paths[0]),
          labels: labels, classNames: classNames, threads: options.threads),
        companion: companion, files: .shared(paths))
    }
    return OpenDataset(format: .cifar, splits: splits)
  }

  private static func names(
    _ layout: CIFARLayout, _ record: CIFARRecord, _ kind: LabelKind
  ) throws -> [String] {
    try layout.classNames(record, kind) ?? ClassNames.decimal(record.classCount(kind))
  }
}

extension DatasetFormat {
  /// CIFAR's binary format.
  public static let cifar = DatasetFormat(name: "cifar")
}
