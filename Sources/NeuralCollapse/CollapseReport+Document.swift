public import CollapseCore

extension CollapseReport {
  /// The report as a document of its own, in the form that every command writes
  /// (`docs/measures.schema.json`): of one set that comes from no file.
  public func document(name: String, layer: String, split: String, epoch: Int?) -> OrderedJSON {
    let run: OrderedJSON = .object([
      ("name", .string(name)), ("facts", .object([])), ("state", "finished"), ("paths", .array([])),
    ])
    let measurement: OrderedJSON = .object([
      ("run", .string(name)), ("file", .null), ("epoch", epoch.map { .integer($0) } ?? .null),
      ("layer", .string(layer)), ("layer_index", 0), ("split", .string(split)),
      ("report", json.without("format", "version")),
    ])
    return .object([
      ("format", .string(CollapseReport.format)), ("version", 2), ("title", "Analysis"),
      ("runs", .array([run])), ("measurements", .array([measurement])),
    ])
  }
}
