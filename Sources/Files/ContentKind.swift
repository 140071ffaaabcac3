/// What kind of file it is, by the bytes it begins with: to name in a refusal what something is,
/// rather than only what it is not.
public enum ContentKind: Sendable, Hashable, CaseIterable {
  /// A web page, or other XML: what a download gives instead of the file.
  case html
  /// The text that stands in a Git repository for a large file kept elsewhere.
  case gitLFSPointer
  /// A zip archive, an empty one included; `.npz` and PyTorch's `.pt` are among them.
  case zip
  /// A tar archive with the mark of ustar, at byte 257.
  case tar
  /// Data compressed by gzip: `.gz`, `.tgz`.
  case gzip
  /// A 7-Zip archive: `.7z`.
  case sevenZip
  /// A RAR archive.
  case rar
  /// Data compressed by xz.
  case xz
  /// Data compressed by Zstandard: `.zst`.
  case zstandard
  /// Data compressed by bzip2: `.bz2`.
  case bzip2
  /// A table of Apache Parquet.
  case parquet
  /// A table of Apache Arrow, or of its predecessor Feather.
  case arrow
  /// Records as TensorFlow writes them.
  case tfRecord
  /// Variables of MATLAB, in the format of versions 5 to 7.
  case matlab5
  /// Variables of MATLAB 7.3: HDF5 behind a header of MATLAB's own.
  case matlab73
  /// An HDF5 file without a user block.
  case hdf5
  /// A model in the format of ONNX.
  case onnx
  /// A database of SQLite 3.
  case sqlite
  /// A PNG image.
  case png
  /// A JPEG image.
  case jpeg
  /// A GIF image.
  case gif
  /// A WebP image.
  case webp
  /// A Windows bitmap.
  case bmp
  /// A TIFF image, of either byte order.
  case tiff
  /// A PDF document.
  case pdf

  /// `nil` for bytes that no kind begins with.
  public init?(_ start: some Collection<UInt8>) {
    let start = Array(start.prefix(512))
    guard let found = Self.allCases.first(where: { $0.begins(start) }) else { return nil }
    self = found
  }

  /// With its article: "a web page (HTML)".
  public var name: String {
    switch self {
    case .html: "a web page (HTML)"
    case .gitLFSPointer: "a Git LFS pointer"
    case .zip: "a zip archive"
    case .tar: "a tar archive"
    case .gzip: "gzip data"
    case .sevenZip: "a 7-Zip archive"
    case .rar: "a RAR archive"
    case .xz: "xz data"
    case .zstandard: "Zstandard data"
    case .bzip2: "bzip2 data"
    case .parquet: "a Parquet file"
    case .arrow: "an Arrow (Feather) file"
    case .tfRecord: "a TFRecord file"
    case .matlab5: "a MATLAB 5 file (.mat)"
    case .matlab73: "a MATLAB 7.3 file (.mat)"
    case .hdf5: "an HDF5 file"
    case .onnx: "an ONNX model"
    case .sqlite: "an SQLite database"
    case .png: "one PNG image"
    case .jpeg: "one JPEG image"
    case .gif: "a GIF image"
    case .webp: "a WebP image"
    case .bmp: "a BMP image"
    case .tiff: "a TIFF image"
    case .pdf: "a PDF document"
    }
  }

  /// What to do about a file that is of this kind because something went wrong on its way here;
  /// `nil` for one that is what somebody wrote.
  public var repair: String? {
    switch self {
    case .html: "the download went wrong and a web page was saved in its place; fetch it again"
    case .gitLFSPointer: "the data itself is elsewhere; 'git lfs pull' brings it"
    default: nil
    }
  }

  private func begins(_ start: [UInt8]) -> Bool {
    func text(_ text: String, at offset: Int = 0) -> Bool {
      start.dropFirst(offset).starts(with: Array(text.utf8))
    }
    switch self {
    case .html:
      let head = String(decoding: start, as: UTF8.self).lowercased()
        .drop { $0.isWhitespace || $0 == "\u{FEFF}" }
      return ["<!doctype html", "<html", "<head", "<?xml", "<meta", "<body"]
        .contains(where: head.hasPrefix)
    case .gitLFSPointer: return text("version https://git-lfs")
    case .zip:
      return start.starts(with: [0x50, 0x4B, 3, 4]) || start.starts(with: [0x50, 0x4B, 5, 6])
    case .tar: return text("ustar", at: 257)
    case .gzip: return start.starts(with: [0x1F, 0x8B])
    case .sevenZip: return start.starts(with: [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C])
    case .rar: return text("Rar!\u{1A}\u{7}")
    case .xz: return start.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0])
    case .zstandard: return start.starts(with: [0x28, 0xB5, 0x2F, 0xFD])
    case .bzip2: return text("BZh") && text("1AY&SY", at: 4)
    case .parquet: return text("PAR1")
    case .arrow: return text("ARROW1") || text("FEA1")
    // The length of the first record, below 4 GiB, then the CRC of it and an Example's first tag.
    case .tfRecord:
      return start.count > 14 && start[4..<8].allSatisfy { $0 == 0 } && start[12] == 0x0A
        && start[0..<4].contains { $0 != 0 } && start[0] > 0x20
    case .matlab5: return text("MATLAB 5.0 MAT-file")
    case .matlab73: return text("MATLAB 7.3 MAT-file")
    case .hdf5: return start.starts(with: [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A])
    // The version of the format, then the name of who wrote it.
    case .onnx: return start.count > 4 && start[0] == 8 && start[1] < 32 && start[2] == 0x12
    case .sqlite: return text("SQLite format 3\u{0}")
    case .png: return start.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    case .jpeg: return start.starts(with: [0xFF, 0xD8, 0xFF])
    case .gif: return text("GIF8")
    case .webp: return text("RIFF") && text("WEBP", at: 8)
    case .bmp: return text("BM") && start.count > 14 && start[6..<10].allSatisfy { $0 == 0 }
    case .tiff:
      return start.starts(with: [0x49, 0x49, 42, 0]) || start.starts(with: [0x4D, 0x4D, 0, 42])
    case .pdf: return text("%PDF-")
    }
  }
}
