import CollapseCore

/// One of the project's file formats: the root attributes `format` and `version`.
struct FileFormat {
  let name: String
  /// The version written, and the newest that is read.
  let version: Int64

  static let features = FileFormat(name: "collapse-features", version: 1)
  static let checkpoint = FileFormat(name: "collapse-checkpoint", version: 1)
  static let images = FileFormat(name: "collapse-images", version: 1)

  var attributes: [String: AttributeValue] {
    ["format": .string(name), "version": .integer(version)]
  }

  func write(to root: HDF5Object) throws(FeatureStoreError) {
    try root.setAttribute("format", .string(name))
    try root.setAttribute("version", .integer(version))
  }

  /// Checks what a file says it is.
  ///
  /// - Parameter isRequired: whether a file that does not say is refused.
  /// - Throws: where the file is of another of our formats, or of a newer version.
  func check(_ root: HDF5Object, isRequired: Bool) throws(FeatureStoreError) {
    guard case .string(let found) = try root.attribute("format") else {
      if isRequired { throw root.error("not a \(name) file: it has no attribute 'format'") }
      return
    }
    if found != name {
      // Another program may use the word for its own purpose.
      if !isRequired, !found.hasPrefix("collapse-") { return }
      throw root.error("it is a \(found) file, expected \(name)")
    }
    guard case .integer(let foundVersion) = try root.attribute("version") else {
      throw root.error("it is a \(name) file without a version")
    }
    guard foundVersion <= version else {
      throw root.error(
        "\(name) version \(foundVersion) is newer than version \(version), the newest this "
          + "program reads")
    }
  }
}
