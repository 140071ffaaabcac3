public import CollapseCore

/// One of the project's file formats: the root attributes `format` and `version`.
public struct FileFormat: Sendable {
  /// What the attribute `format` says.
  public let name: String
  /// The version written, and the newest that is read.
  public let version: Int64

  /// The format `name` at the version that is written.
  public init(name: String, version: Int64) {
    self.name = name
    self.version = version
  }

  /// The root attributes that say what a file is.
  public var attributes: [String: AttributeValue] {
    ["format": .string(name), "version": .integer(version)]
  }

  /// Sets the attributes of the file whose root group is `root`.
  ///
  /// - Throws: ``ArrayFileError`` where the file cannot be written.
  public func write(to root: HDF5Object) throws(ArrayFileError) {
    try root.setAttribute("format", .string(name))
    try root.setAttribute("version", .integer(version))
  }

  /// Checks what a file says it is.
  ///
  /// - Parameter isRequired: whether a file that does not say is refused.
  /// - Throws: where the file is of another of our formats, or of a newer version.
  public func check(_ source: some ArraySource, isRequired: Bool) throws {
    func fault(_ problem: String) -> ArrayFileError {
      ArrayFileError(file: source.file, problem: problem)
    }
    guard case .string(let found) = try source.attribute("format") else {
      if isRequired { throw fault("not a \(name) file: it has no attribute 'format'") }
      return
    }
    if found != name {
      // Another program may use the word for its own purpose.
      if !isRequired, !found.hasPrefix("collapse-") { return }
      throw fault("it is a \(found) file, expected \(name)")
    }
    guard case .integer(let foundVersion) = try source.attribute("version") else {
      throw fault("it is a \(name) file without a version")
    }
    guard foundVersion <= version else {
      throw fault(
        "\(name) version \(foundVersion) is newer than version \(version), the newest this "
          + "program reads")
    }
  }
}
