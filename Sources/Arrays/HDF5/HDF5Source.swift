public import CollapseCore

/// The datasets of an HDF5 file, by path.
public struct HDF5Source: ArraySource {
  /// The root group.
  public let root: HDF5Object

  /// The datasets below the root group of an open file.
  public init(_ root: HDF5Object) { self.root = root }

  public var file: String { root.file }
  public var noun: String { "dataset" }

  public func names(limit: Int) throws -> [String] { try root.datasetPaths(limit: limit) }

  public func members(of group: String) throws -> [String] {
    guard case .group(let group) = try root.child(group) else { return [] }
    return try group.childNames().filter { name in
      // What cannot be opened is a member: opening it says why.
      if case .group = try group.child(name) { false } else { true }
    }
  }

  public func contains(_ name: String) throws -> Bool { try root.child(name) != nil }

  public func array(_ name: String) throws -> any StoredArray {
    try root.dataset(name)
  }

  public func isSame(_ name: String, _ other: String) throws -> Bool {
    guard case .dataset(let first) = try root.child(name),
      case .dataset(let second) = try root.child(other)
    else { return false }
    // Links say it without a look at the numbers.
    return first.isSameObject(as: second)
  }

  public func texts(_ name: String) throws -> [String]? {
    guard case .dataset(let object) = try root.child(name) else { return nil }
    return try object.texts()
  }

  public func attribute(_ name: String) throws -> AttributeValue? { try root.attribute(name) }

  public func hasAttribute(_ name: String) -> Bool { root.hasAttribute(name) }
}

enum HDF5Format: ArrayFormat {
  /// Whether the signature is at the start or behind a user block.
  static func begins(_ start: FileStart) throws -> Bool {
    try HDF5Signature.start(in: start.file) != nil
  }

  static func open(_ start: FileStart) throws -> (any ArraySource)? {
    HDF5Source(try HDF5Object.openFile(start.path))
  }
}
