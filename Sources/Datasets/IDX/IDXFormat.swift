import CollapseCore
import Files

/// MNIST's format: one file of images, one of labels, per split.
enum IDXFormat: ImageFormat {
  static let expectation = "IDX files (…-images-idx3-ubyte)"

  static func matches(_ place: DatasetPlace) -> Bool {
    guard let (name, start) = place.file else { return IDXLayout.matches(place.contents) }
    return CIFARLayout.stem(name) == nil && IDXHeader.matches(start)
  }

  static func open(_ place: DatasetPlace, _ options: ReadingOptions) throws -> OpenDataset {
    if let (name, _) = place.file, IDXFileName(name) == nil {
      throw DatasetError(
        file: place.path,
        problem: "is an IDX file; to find its labels its name must be like "
          + "'train-images-idx3-ubyte'")
    }
    let layout = try IDXLayout(
      folder: place.folder, contents: place.contents, only: place.file?.name)
    // Headers first: what does not agree is refused before anything large is read.
    let files = try layout.fileSets.map { files in
      let images = try IDXFile(files.images, expecting: .images)
      let labels = try IDXFile(files.labels, expecting: .labels)
      guard images.shape[0] == labels.shape[0] else {
        throw DatasetError(
          file: files.labels, location: "byte 4",
          problem: "expected \(images.shape[0]) labels, one for each image in "
            + "'\(files.images)', found \(labels.shape[0])")
      }
      return (split: files.split, images: images, labels: labels)
    }
    let labels = try files.map {
      try IDXLabels(
        $0.labels.bytes(), $0.labels.header, file: $0.labels.path, place: $0.labels.place)
    }
    let classes = try IDXClasses(layout, labels.map(\.values))
    let contents = try Parallel.map(files.count, threads: options.threads) {
      try files[$0].images.content()
    }
    var notes = classes.notes
    if layout.dataset?.hasPrefix("emnist") == true, !options.transposed {
      notes.append(
        "EMNIST's images are stored with rows and columns exchanged, and are read as stored")
    }
    let splits = try files.indices.map { index in
      let file = files[index]
      for (position, label) in labels[index].values.enumerated()
      where !classes.labels.contains(label) {
        throw DatasetError(
          file: file.labels.path, location: file.labels.place(labels[index].byte(of: position)),
          problem: "expected a label in \(classes.labels.lowerBound)..."
            + "\(classes.labels.upperBound - 1), found \(label)")
      }
      let images = try source(file.images, contents[index], options, &notes)
      return OpenSplit(
        name: file.split,
        images: StreamedImages(
          images,
          labels: labels[index].values.map { Int32($0 - classes.labels.lowerBound) },
          classNames: classes.names, threads: options.threads),
        files: .shared([file.images.path, file.labels.path]))
    }
    return OpenDataset(format: .idx, splits: splits, notes: notes)
  }

  /// The images of a file as they are decoded.
  private static func source(
    _ file: IDXFile, _ content: PackedImages.Part.Content, _ options: ReadingOptions,
    _ notes: inout [String]
  ) throws(DatasetError) -> PackedImages {
    let layout: PixelLayout
    do {
      layout = try PixelLayout(file.header.dimensions, isTransposed: options.transposed)
    } catch {
      throw DatasetError(
        file: file.path, location: file.place(4), problem: error.problem,
        kind: error.isUsage ? .usage : .badInput)
    }
    if let note = layout.note { notes.append("\(file.path): \(note)") }
    return try PackedImages.checked(
      [
        PackedImages.Part(
          content: content, stride: layout.shape.elementCount, count: file.shape[0])
      ], shape: layout.shape, order: layout.order, options, file: file.path)
  }
}

extension DatasetFormat {
  /// MNIST's format: one file of images, one of labels, per split.
  public static let idx = DatasetFormat(name: "idx")
}
