import CollapseCore
import Files

/// The formats features are read from, told apart by their first bytes; names prove nothing.
enum FeatureFormat {
  case hdf5
  /// One NumPy array.
  case npy
  /// A zip archive: NumPy arrays, or a PyTorch file.
  case zip
  case safetensors

  init(of file: RandomAccessFile) throws {
    let start = try file.bytes(0..<min(16, file.size))
    if start.starts(with: HDF5Signature.bytes) {
      self = .hdf5
    } else if start.starts(with: NPYHeader.magic) {
      self = .npy
    } else if start.starts(with: [0x50, 0x4b]) {
      self = .zip
    } else if try Self.hasUserBlock(file) {
      self = .hdf5
    } else if SafetensorsFile.isLikely(start) {
      self = .safetensors
    } else if start.starts(with: [0x80]), start.count > 1, 2...5 ~= start[1] {
      throw FeatureStoreError(
        file: file.path,
        problem: "a bare pickle, as PyTorch before 1.6 wrote: load it and save it again with a "
          + "newer one")
    } else {
      throw FeatureStoreError(
        file: file.path,
        problem: "expected HDF5, NumPy, safetensors or a PyTorch archive, found "
          + (start.isEmpty
            ? "an empty file" : "a file that begins with \(Hexadecimal.bytes(start.prefix(8)))"))
    }
  }

  /// HDF5 allows a program's own bytes before it, 512 or a power of two times as many.
  private static func hasUserBlock(_ file: RandomAccessFile) throws(FileError) -> Bool {
    let signature = HDF5Signature.bytes
    var offset = 512
    while offset <= file.size - signature.count {
      if try file.bytes(offset..<offset + signature.count) == signature { return true }
      offset *= 2
    }
    return false
  }
}
