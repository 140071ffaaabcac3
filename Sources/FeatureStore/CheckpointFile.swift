import Arrays
public import CollapseCore
import Files

/// A checkpoint: tensors by name and attributes, as a tree of HDF5 datasets.
///
/// The tensor `parameters/fc1/weight` is the dataset of that path, in float32; attributes are
/// those of the root. What is read equals what was written, order included, and has the
/// attributes `format` and `version` besides.
public enum CheckpointFile {
  /// Writes `content` to `path`: whole, or not at all.
  ///
  /// - Throws: `ArrayFileError` of kind usage for a name that cannot be a path in a file, and
  ///   of kind cannotWrite.
  public static func write(_ content: NamedTensors, to path: String) throws {
    try check(content, path)
    var pending = try PendingFile(path)
    do {
      let root = try HDF5Object.createFile(pending.temporaryPath, as: path)
      let format = FileFormat.checkpoint.attributes
      let attributes = content.attributes.merging(format) { stated, _ in stated }
      for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
        try root.setAttribute(name, value)
      }
      try root.setAttribute(orderAttribute, .strings(content.names))
      try writeTensors(content, to: root)
      try root.flushAndClose()
    }
    try pending.commit()
  }

  /// The content of the checkpoint at `path`.
  ///
  /// - Throws: where the file is not a checkpoint, is damaged, or is of a newer version.
  public static func read(_ path: String) throws -> NamedTensors {
    let root = try HDF5Object.openFile(path)
    try FileFormat.checkpoint.check(HDF5Source(root), isRequired: true)
    var content = NamedTensors()
    for name in try root.attributeNames() where name != orderAttribute {
      guard let value = try root.attribute(name) else {
        throw root.error("attribute '\(name)' is of an unexpected type")
      }
      content.attributes[name] = value
    }
    var found: [String: Tensor] = [:]
    var names: [String] = []
    try readTensors(in: root, prefix: "", depth: 0) { name, tensor in
      names.append(name)
      found[name] = tensor
    }
    if case .strings(let stated) = try root.attribute(orderAttribute),
      stated.sorted() == names.sorted()
    {
      names = stated
    }
    for name in names { content[name] = found[name] }
    return content
  }

  /// The order of the tensors, which a tree alone does not keep.
  private static let orderAttribute = "order"

  private static func writeTensors(
    _ content: NamedTensors, to root: HDF5Object
  ) throws(ArrayFileError) {
    var groups: [String: HDF5Object] = ["": root]
    func group(_ parts: ArraySlice<Substring>) throws(ArrayFileError) -> HDF5Object {
      let path = parts.joined(separator: "/")
      if let group = groups[path] { return group }
      let created = try group(parts.dropLast()).createGroup(String(parts.last!))
      groups[path] = created
      return created
    }
    for name in content.names {
      let parts = name.split(separator: "/")
      let tensor = content[name]!
      try group(parts.dropLast()).writeDataset(
        String(parts.last!), shape: tensor.shape.dimensions, tensor.values)
    }
  }

  private static func readTensors(
    in group: HDF5Object, prefix: String, depth: Int, _ take: (String, Tensor) -> Void
  ) throws(ArrayFileError) {
    guard depth < 32 else { throw group.error("groups are nested more than 32 deep") }
    for name in try group.childNames() where group.isHardLink(name) {
      switch try group.child(name) {
      case .group(let child):
        try readTensors(in: child, prefix: "\(prefix)\(name)/", depth: depth + 1, take)
      case .dataset(let object): take(prefix + name, try object.readTensor())
      case .other(let reason): throw group.error("'\(prefix)\(name)': \(reason)")
      case nil: continue
      }
    }
  }

  private static func check(_ content: NamedTensors, _ path: String) throws(ArrayFileError) {
    func refuse(_ problem: String) throws(ArrayFileError) {
      throw ArrayFileError(kind: .usage, file: path, problem: problem)
    }
    let names = Set(content.names)
    for name in content.names {
      let parts = name.split(separator: "/", omittingEmptySubsequences: false)
      if parts.contains(where: { $0.isEmpty || $0 == "." }) || parts.count > 32 {
        try refuse("'\(name)' cannot be the name of a tensor")
      }
      for length in 1..<parts.count where names.contains(parts[..<length].joined(separator: "/")) {
        try refuse(
          "'\(parts[..<length].joined(separator: "/"))' is the name of a tensor and holds '\(name)'"
        )
      }
      if content[name]!.shape.rank > 32 { try refuse("'\(name)' has more than 32 axes") }
    }
    for (name, value) in FileFormat.checkpoint.attributes {
      if let stated = content.attributes[name], stated != value {
        try refuse("the attribute '\(name)' is the format's own")
      }
    }
    if content.attributes[orderAttribute] != nil {
      try refuse("the attribute '\(orderAttribute)' is the format's own")
    }
  }
}

extension HDF5Object {
  /// A float32 dataset of any rank, as a tensor.
  fileprivate func readTensor() throws(ArrayFileError) -> Tensor {
    let dataset = try HDF5Dataset(self)
    guard dataset.element.fitsFloat32, !dataset.element.isInteger else {
      throw error("expected float32, found \(dataset.element)")
    }
    let bytes = try dataset.readAll()
    let count = Shape.elementCount(of: dataset.shape)!
    let values = [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      initialized = count
      bytes.withUnsafeBytes {
        dataset.element.decode(
          $0, into: UnsafeMutableBufferPointer(start: buffer.baseAddress, count: count))
      }
    }
    return Tensor(shape: Shape(dataset.shape), values: values)
  }
}
