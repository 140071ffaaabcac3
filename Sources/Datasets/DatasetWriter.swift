import CollapseCore

/// Writes labeled images to disk so that ``DatasetReader`` reads back the same pixels, labels and
/// class names in the same order.
public enum DatasetWriter {
  /// Writes a folder at `path`, whole or not at all; an empty folder may be there already.
  ///
  /// - Parameters:
  ///   - dataset: all its splits are written.
  ///   - path: the folder.
  ///   - format: how images and labels are written.
  ///   - threads: how many encode side by side.
  ///   - shouldStop: is asked before each file; when it says so nothing is left.
  /// - Throws: `AtomicFolder.Stopped` then, ``DatasetError`` where the format cannot hold the images (IDX and CIFAR have one
  ///   byte per label, CIFAR 3×32×32 pixels, PNG 1 or 3 channels), `FileError` where `path` is
  ///   taken or cannot be written.
  public static func write(
    _ dataset: ImageDataset, to path: String, format: DatasetFormat,
    threads: Int = ReadingOptions().threads,
    shouldStop: @escaping @Sendable () -> Bool = { false }
  ) throws {
    let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    guard !dataset.splits.isEmpty else {
      throw DatasetError(file: path, problem: "there is no split to write")
    }
    for split in dataset.splits where !split.name.utf8.allSatisfy(isWordByte) {
      throw DatasetError(
        file: path,
        problem: "a split is named by ASCII letters, digits and '_', found '\(split.name)'")
    }
    switch format {
    case .idx: try IDXWriter.write(dataset, to: path, shouldStop)
    case .cifar: try CIFARWriter.write(dataset, to: path, shouldStop)
    case .png: try PNGWriter.write(dataset, to: path, threads: threads, shouldStop)
    default:
      throw DatasetError(
        file: path,
        problem: "expected one of the formats that can be written, "
          + DatasetFormat.writable.map(\.name).joined(separator: ", ") + "; found \(format)",
        kind: .usage)
    }
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
