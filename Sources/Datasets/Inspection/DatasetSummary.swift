import Tensors

/// What is in a data set, as `collapse inspect` shows it: text for people, Codable for programs.
public struct DatasetSummary: Sendable, Codable, CustomStringConvertible {
  public struct Split: Sendable, Codable {
    public let name: String
    public let count: Int
    /// `[channels, height, width]`.
    public let sampleShape: [Int]
    /// Samples per class, in the order of the class names.
    public let countsPerClass: [Int]
    public let pixels: PixelStatistics?
    public let files: [SourceFile]
    /// One SHA-256 for all files of the split; `nil` where they were not hashed.
    public let sha256: String?
  }

  public let format: DatasetFormat
  public let classNames: [String]
  public let splits: [Split]

  public init(of dataset: ImageDataset) {
    format = dataset.format
    classNames = dataset.classNames
    splits = dataset.splits.map { split in
      Split(
        name: split.name, count: split.images.count,
        sampleShape: split.images.sampleShape.dimensions,
        countsPerClass: split.images.countsPerClass, pixels: PixelStatistics(of: split.images),
        files: split.files, sha256: SourceFile.combinedSHA256(split.files))
    }
  }

  /// Files listed one by one; of more, only their number and the combined hash are shown.
  private static let mostFilesListed = 8

  public var description: String {
    var lines = ["format   \(format.rawValue), \(classNames.count) classes"]
    for split in splits {
      lines += [
        "",
        "\(split.name): \(split.count) images of \(split.sampleShape.map(String.init).joined(separator: "×"))",
      ]
      if let pixels = split.pixels {
        lines += [
          "  pixels   \(pixels.minimum)...\(pixels.maximum)",
          "  mean     \(pixels.means.map(rounded).joined(separator: ", "))",
          "  sd       \(pixels.standardDeviations.map(rounded).joined(separator: ", "))",
        ]
      }
      if split.files.count > Self.mostFilesListed {
        lines.append(
          "  files    \(split.files.count)\(split.sha256.map { ", together \($0)" } ?? "")")
      } else {
        lines += split.files.map {
          "  file     \($0.path), \($0.byteCount) bytes\($0.sha256.map { ", \($0)" } ?? "")"
        }
      }
    }
    lines += ["", table()]
    return lines.joined(separator: "\n")
  }

  /// Images per class and split.
  private func table() -> String {
    let header = ["class"] + splits.map(\.name)
    let rows = classNames.indices.map { label in
      [classNames[label]] + splits.map { String($0.countsPerClass[label]) }
    }
    let widths = header.indices.map { column in
      ([header] + rows).map { $0[column].count }.max()!
    }
    return ([header] + rows).map { row in
      row.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + padding : padding + cell
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }

  /// Two decimals.
  private func rounded(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
  }
}
