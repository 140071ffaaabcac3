import Files

/// What a file is that is no data set, and what to do about it.
enum FileContent {
  /// A sentence, for what begins like a known kind of file; `nil` for others.
  static func remedy(for start: [UInt8]) -> String? {
    guard let kind = ContentKind(start) else { return nil }
    return "is \(kind.name)" + (advice(for: kind).map { ": \($0)" } ?? "")
  }

  private static func advice(for kind: ContentKind) -> String? {
    switch kind {
    case .html, .gitLFSPointer: kind.repair
    case .zip, .tar, .gzip, .sevenZip, .rar, .xz, .zstandard, .bzip2:
      "unpack it and name the folder"
    case .parquet, .arrow, .tfRecord:
      "write its images into a folder for each class, or its arrays with numpy.savez"
    case .matlab5: "save its arrays with numpy.savez (scipy.io.loadmat reads it)"
    case .matlab73: "save its arrays with numpy.savez (h5py reads it)"
    case .png, .jpeg: "name the folder that holds the folders of its classes"
    case .gif, .webp, .bmp, .tiff: "convert images to PNG"
    case .hdf5, .pdf, .onnx, .sqlite: nil
    }
  }
}
