import CollapseCore
import Files

/// An open file that arrays are looked up in by name, whatever its format.
enum StoredSource {
  case hdf5(HDF5Object)
  case arrays(NamedArrays)

  /// - Throws: `FileError` where there is no readable file; ``FeatureStoreError`` where it is of
  ///   no known format, or damaged.
  init(_ path: String) throws {
    let file = try RandomAccessFile(path)
    switch try FeatureFormat(of: file) {
    case .hdf5: self = .hdf5(try HDF5Object.openFile(path))
    case .npy: self = .arrays(try NPYFile.arrays(file))
    case .safetensors: self = .arrays(try SafetensorsFile.arrays(file))
    case .zip:
      let archive = try ZipArchive(path)
      if let pickle = TorchArchive.pickleName(in: archive) {
        self = .arrays(try TorchArchive.arrays(archive, pickle: pickle))
      } else if archive.entryNames.contains(where: { $0.hasSuffix(".npy") }) {
        self = .arrays(NPYFile.arrays(archive))
      } else {
        throw FeatureStoreError(
          file: path, problem: "a zip archive without NumPy arrays or a PyTorch 'data.pkl'")
      }
    }
  }

  /// The labels, of which there must be `rows`.
  func labels(_ options: FeatureFileOptions, rows: Int) throws -> any LabelBlocks {
    switch self {
    case .hdf5(let root): try FeatureFile.labels(in: root, options, rows: rows)
    case .arrays(let arrays): try arrays.labels(options, rows: rows)
    }
  }

  /// W and b of a file that is there for them.
  func requiredClassifier(
    _ options: FeatureFileOptions, dimension: Int
  ) throws -> LinearClassifier {
    switch self {
    case .hdf5(let root):
      if let found = try FeatureFile.classifier(in: root, options, dimension: dimension) {
        return found
      }
      throw FeatureStoreError(
        file: root.file, problem: "it has no classifier for features of \(dimension) numbers")
    case .arrays(let arrays):
      if let found = try arrays.classifier(options, dimension: dimension, isRequired: true) {
        return found
      }
      throw FeatureStoreError(
        file: arrays.file,
        problem: "it has no classifier for features of \(dimension) numbers\(arrays.listing)")
    }
  }
}
