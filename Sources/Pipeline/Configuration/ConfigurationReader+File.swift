package import CollapseCore

extension ConfigurationReader {
  /// The value that a tree of `file` states.
  ///
  /// - Throws: every fault of it, with file, line and column.
  package static func value<Value: FieldValue>(
    _ type: Value.Type, from node: ConfigurationNode, file: String, at path: [String] = []
  ) throws(ConfigurationError) -> Value {
    let read = read(type, from: node, at: path)
    if let value = read.value { return value }
    throw ConfigurationError(read.faults, file: file)!  // without a value there is a fault
  }
}
