import Files

/// NumPy's `.npy`: one array.
enum NPYFile: ArrayFormat {
  static func begins(_ start: FileStart) -> Bool { start.bytes.starts(with: NPYHeader.magic) }

  /// The one array, under the empty name.
  static func open(_ start: FileStart) throws -> (any ArraySource)? {
    let bytes = RandomAccessBytes(start.file)
    do {
      let header = try NPYHeader(bytes)
      // Refused here rather than where it is asked for.
      if header.texts == nil { _ = try header.array(in: bytes) }
      return NamedArrays(
        file: start.path, noun: "array", names: [""],
        loadTexts: { _ in try header.texts(in: bytes) }
      ) { _ in [try header.array(in: bytes)] }
    } catch let fault as ArrayFault {
      throw ArrayFileError(file: start.path, problem: fault.problem)
    }
  }
}

/// NumPy's `.npz`: a zip archive of arrays.
enum NPZArchive: ArrayFormat {
  /// No archive is unpacked further than this per array.
  static let unpackLimit = 64 << 30

  static func begins(_ start: FileStart) -> Bool { start.archive != nil }

  /// Stored arrays are read in place. Deflated ones are unpacked when they are asked for: into
  /// memory when small, else into an unlinked temporary file.
  static func open(_ start: FileStart) -> (any ArraySource)? {
    let suffix = ".npy"
    guard let archive = start.archive,
      archive.entryNames.contains(where: { $0.hasSuffix(suffix) })
    else { return nil }
    let names = archive.entryNames.filter { $0.hasSuffix(suffix) }
      .map { String($0.dropLast(suffix.count)) }
    return NamedArrays(
      file: archive.path, noun: "array", names: names,
      loadTexts: { name in
        let bytes = try archive.randomAccess(name + suffix, limit: unpackLimit)
        return try NPYHeader(bytes).texts(in: bytes)
      }
    ) { name in
      let bytes = try archive.randomAccess(name + suffix, limit: unpackLimit)
      return [try NPYHeader(bytes).array(in: bytes)]
    }
  }
}
