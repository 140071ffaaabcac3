public import CollapseCore
public import Datasets
import Files

/// What `collapse inspect` tells of a data set.
public struct DatasetInspection: Sendable, Encodable {
  public struct Split: Sendable, Encodable {
    public var name: String
    public var samples: Int
    /// `[channels, height, width]` or `[d]`.
    public var shape: Shape
    /// Samples per class, in the order of ``DatasetInspection/classNames``.
    public var countsPerClass: [Int]
    /// Of the pixels of images; `nil` for points.
    public var pixels: PixelStatistics?
  }

  /// What was inspected: the path or the name.
  public var origin: String
  public var format: String
  public var classNames: [String]
  public var splits: [Split]
  public var files: [SourceFile]
  /// The files that were left out because they cannot be read, and why.
  public var leftOut: [String]
  /// What was taken for granted where the files can be read in two ways.
  public var notes: [String]

  /// Looks at every image, in the memory of one block of them where the data set is only open.
  public init(of dataset: LoadedDataset) throws {
    origin = dataset.origin
    format = dataset.format
    classNames = dataset.splits.first?.samples.classNames ?? []
    leftOut = dataset.leftOut
    notes = dataset.notes
    var files = dataset.files
    splits = try dataset.splits.enumerated().map { index, split in
      var pixels = (split.samples as? LabeledImages).flatMap { PixelStatistics(of: $0) }
      if let (splits, options) = dataset.open {
        var histogram = PixelHistogram(of: split.samples.sampleShape)
        files += try splits[index].forEachBlock(options) { histogram.add($0) }
        pixels = PixelStatistics(histogram)
      }
      return Split(
        name: split.name, samples: split.samples.count, shape: split.samples.sampleShape,
        countsPerClass: split.samples.countsPerClass, pixels: pixels)
    }
    self.files = files
  }

  /// The inspection as a person reads it.
  public var text: String {
    var lines = ["\(origin): \(format), \(classNames.count) classes"]
    for split in splits {
      lines.append("")
      lines.append("\(split.name): \(split.samples) samples of \(split.shape)")
      if let pixels = split.pixels {
        lines.append(
          "  pixels \(pixels.minimum)...\(pixels.maximum), per channel mean "
            + pixels.means.map(rounded).joined(separator: ", ") + ", deviation "
            + pixels.standardDeviations.map(rounded).joined(separator: ", "))
      }
      let width = classNames.map(\.count).max() ?? 0
      for (name, count) in zip(classNames, split.countsPerClass) {
        let padding = String(repeating: " ", count: width - name.count)
        lines.append("  \(name)\(padding)  \(count)")
      }
    }
    if !files.isEmpty { lines.append("") }
    for file in files.prefix(DatasetInspection.mostFilesListed) {
      lines.append("\(file.sha256 ?? "")  \(file.path)  (\(file.byteCount) bytes)")
    }
    if files.count > DatasetInspection.mostFilesListed {
      lines.append("… and \(files.count - DatasetInspection.mostFilesListed) more files")
    }
    if let all = SourceFile.combinedSHA256(files), files.count > 1 {
      lines.append("\(all)  all \(files.count) files together")
    }
    return lines.joined(separator: "\n")
  }

  /// Of a folder of PNG files only the first are listed; the JSON has all.
  private static let mostFilesListed = 8

  private func rounded(_ value: Double) -> String { "\((value * 1000).rounded() / 1000)" }
}
