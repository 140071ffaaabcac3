public import CollapseCore

/// A picture of samples side by side: a row per class, in the order of the labels, each with the
/// first samples of the class.
///
/// Small images are magnified by a whole factor so that a person can make them out.
public struct ContactSheet: Sendable {
  /// Pixels between images, and around them.
  private static let gap = 2
  private static let background: UInt8 = 96
  /// Images are magnified to at least this many pixels across.
  private static let legibleSize = 48

  /// The indices of the samples to show, row by row.
  private let rows: [[Int]]
  private let images: LabeledImages
  private let columns: Int
  private let factor: Int

  /// - Parameters:
  ///   - images: what is shown, a row for each class.
  ///   - columns: samples of each class.
  /// - Precondition: `columns` is positive, and the images have 1 or 3 channels.
  public init(images: LabeledImages, columns: Int = 10) {
    precondition(columns > 0 && (images.channels == 1 || images.channels == 3))
    rows = Self.rows(images.labels, classCount: images.classCount, columns: columns)
    self.images = images
    self.columns = columns
    let size = max(1, max(images.width, images.height))
    factor = max(1, (Self.legibleSize + size - 1) / size)
  }

  /// The same of images that are read as they are asked for: only those that are shown are.
  ///
  /// - Throws: what keeps them from being read.
  public init(images: StreamedImages, columns: Int = 10) throws {
    let shown = Self.rows(images.labels, classCount: images.classCount, columns: columns)
    self.init(images: try images.loaded(shown.flatMap { $0 }), columns: columns)
  }

  /// The first samples of each class that has any.
  private static func rows(_ labels: [Int32], classCount: Int, columns: Int) -> [[Int]] {
    var rows = Array(repeating: [Int](), count: classCount)
    for (index, label) in labels.enumerated() where rows[Int(label)].count < columns {
      rows[Int(label)].append(index)
    }
    return rows.filter { !$0.isEmpty }
  }

  /// The picture as the bytes of a PNG file.
  public func png() -> [UInt8] {
    let cellWidth = images.width * factor + Self.gap
    let cellHeight = images.height * factor + Self.gap
    let width = columns * cellWidth + Self.gap
    let height = max(1, rows.count) * cellHeight + Self.gap
    var sheet = Array(repeating: Self.background, count: images.channels * width * height)
    let size = images.sampleShape.elementCount
    for (row, indices) in rows.enumerated() {
      for (column, index) in indices.enumerated() {
        for channel in 0..<images.channels {
          let source = index * size + channel * images.width * images.height
          let target =
            channel * width * height + (row * cellHeight + Self.gap) * width
            + column * cellWidth + Self.gap
          for y in 0..<images.height * factor {
            for x in 0..<images.width * factor {
              sheet[target + y * width + x] =
                images.pixels[source + y / factor * images.width + x / factor]
            }
          }
        }
      }
    }
    return PNGImage(width: width, height: height, channels: images.channels, pixels: sheet)
      .encoded()
  }
}
