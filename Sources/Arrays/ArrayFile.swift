import CollapseCore
import Files

/// Opening files of arrays.
public enum ArrayFile {
  /// Opens the file at `path`, whose first bytes tell its format; names prove nothing.
  ///
  /// No code in a file is ever run.
  ///
  /// - Throws: `FileError` where there is no readable file; ``ArrayFileError`` where it is of no
  ///   known format, or damaged.
  public static func open(_ path: String) throws -> any ArraySource {
    if let folder = NPYFolder.open(path) { return folder }
    let start = try FileStart(path)
    for format in formats where try format.begins(start) {
      if let source = try format.open(start) { return source }
    }
    throw ArrayFileError(
      file: path,
      problem: start.bytes.starts(with: [0x50, 0x4b])
        ? "a zip archive without NumPy arrays or a PyTorch 'data.pkl'"
        : "expected HDF5, NumPy, safetensors, a PyTorch archive or ONNX, found \(start.content)")
  }

  /// Every format that is read, those with a signature of their own first.
  private static let formats: [any ArrayFormat.Type] = [
    NPYFile.self, TorchArchive.self, NPZArchive.self, HDF5Format.self, LegacyTorchFile.self,
    SafetensorsFile.self, SafetensorsIndex.self, BarePickle.self, ONNXFormat.self,
  ]
}

/// One format of array files.
protocol ArrayFormat: Sendable {
  /// Whether a file looks like one of the format.
  static func begins(_ start: FileStart) throws -> Bool

  /// The arrays of such a file; `nil` where a closer look tells that it is none.
  static func open(_ start: FileStart) throws -> (any ArraySource)?
}

/// A file that is open, and what it begins with.
struct FileStart {
  let file: RandomAccessFile
  let bytes: [UInt8]
  /// The file as an archive, where it begins as one.
  let archive: ZipArchive?

  init(_ path: String) throws {
    file = try RandomAccessFile(path)
    bytes = try file.bytes(0..<min(512, file.size))
    archive = bytes.starts(with: [0x50, 0x4b]) ? try ZipArchive(path) : nil
  }

  var path: String { file.path }

  /// What a file of no format here is, as far as its beginning tells.
  var content: String {
    if bytes.isEmpty { return "an empty file" }
    if let kind = ContentKind(bytes) {
      return kind.name + (FileStart.advice(for: kind).map { ": \($0)" } ?? "")
    }
    // The last character may be cut.
    let isText = bytes.allSatisfy { $0 >= 32 && $0 != 127 || 9...13 ~= $0 }
    if isText { return "text: save features and labels with numpy.savez" }
    let start = bytes.prefix(8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
    return "a file that begins with \(start.joined(separator: " "))"
  }

  /// What to do about a file that holds no arrays, or not in a format that is read.
  private static func advice(for kind: ContentKind) -> String? {
    switch kind {
    case .html, .gitLFSPointer: kind.repair
    case .zip, .tar, .gzip, .sevenZip, .rar, .xz, .zstandard, .bzip2:
      "unpack it and name a file in it"
    case .parquet: "save its columns with numpy.savez (pandas.read_parquet reads it)"
    case .arrow: "save its columns with numpy.savez (pandas.read_feather reads it)"
    case .tfRecord: "save its features and labels with numpy.savez"
    case .matlab5: "save its arrays with numpy.savez (scipy.io.loadmat reads it)"
    case .matlab73: "save its arrays with numpy.savez (h5py reads it)"
    case .sqlite: "save its columns with numpy.savez"
    case .png, .jpeg, .gif, .webp, .bmp, .tiff:
      "features of images are what a network makes of them ('collapse extract')"
    case .hdf5, .onnx, .pdf: nil
    }
  }
}
