import Files

/// NumPy's files: one array (`.npy`), or a zip archive of them (`.npz`).
enum NPYFile {
  /// No archive is unpacked further than this per array.
  static let unpackLimit = 64 << 30

  /// The one array of an NPY file, under the empty name.
  static func arrays(_ file: RandomAccessFile) throws -> NamedArrays {
    let bytes = RandomAccessBytes(file)
    let array: NumericArray
    do {
      array = try NPYHeader(bytes).array(in: bytes)
    } catch let fault as ArrayFault {
      throw FeatureStoreError(file: file.path, problem: fault.problem)
    }
    return NamedArrays(file: file.path, noun: "array", names: [""]) { _ in array }
  }

  /// The arrays of an NPZ archive.
  ///
  /// Stored ones are read in place. Deflated ones are unpacked when they are asked for: into
  /// memory when small, else into an unlinked temporary file.
  static func arrays(_ archive: ZipArchive) -> NamedArrays {
    let suffix = ".npy"
    let names = archive.entryNames.filter { $0.hasSuffix(suffix) }
      .map { String($0.dropLast(suffix.count)) }
    return NamedArrays(file: archive.path, noun: "array", names: names) { name in
      let bytes = try archive.randomAccess(name + suffix, limit: unpackLimit)
      return try NPYHeader(bytes).array(in: bytes)
    }
  }
}
