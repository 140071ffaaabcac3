import CollapseCore
import Networks
import Reporting
import Training

/// The format of pipeline files as a JSON Schema, for editors that complete and check YAML.
///
/// It follows from the types: what they ask a decoder for is what a file may hold.
public enum PipelineSchema {
  /// The schema as JSON text.
  public static func text() throws -> String {
    return try JSONText.pretty(schema()) + "\n"
  }

  /// The fields that no description is written for, `Type.key` each.
  package static func undescribedFields() -> [String] {
    var writer = SchemaWriter()
    _ = writer.schema(of: ShapeExplorer().shape(of: RunConfiguration.self), path: "")
    return writer.undescribed
  }

  private static func schema() -> JSONValue {
    let explorer = ShapeExplorer()
    let shape = explorer.shape(of: RunConfiguration.self)
    var writer = SchemaWriter()
    var properties: [String: JSONValue] = [:]
    if case .object(let run) = writer.schema(of: shape, path: ""),
      case .object(let fields) = run["properties"]
    {
      properties = fields
    }
    var definitions: [String: JSONValue] = [:]
    for (name, shape) in explorer.definitions {
      definitions[name] = writer.schema(of: shape, path: nil)
    }
    properties["name"] = .object([
      "type": .string("string"),
      "description": .string("The pipeline's name: its runs stand in runs/NAME/."),
    ])
    properties["title"] = .object([
      "type": .string("string"), "description": .string("What the report is called."),
    ])
    properties["summary"] = .object([
      "type": .string("string"), "description": .string("A sentence or two under the title."),
    ])
    properties["claims"] = .object([
      "type": .string("array"),
      "items": .object(["enum": .strings(StudyReport.claimNames)]),
      "description": .string(
        "The claims the study is about, by their names or their papers'; by default those about "
          + "what its runs differ in."),
    ])
    let paths = writer.paths
    func list(of reference: String) -> JSONValue {
      .object([
        "type": .string("array"), "minItems": .integer(1), "uniqueItems": .bool(true),
        "items": .object(["$ref": .string(reference)]),
      ])
    }
    let anyList = JSONValue.object([
      "type": .string("array"), "minItems": .integer(1), "uniqueItems": .bool(true),
    ])
    properties["grid"] = .object([
      "type": .string("object"),
      "description": .string(
        "Fields by their dotted paths, each with the list of values it runs through; the product "
          + "of the lists is run."),
      "properties": .object(paths.mapValues(list)),
      "additionalProperties": anyList,
    ])
    let profile = JSONValue.object([
      "type": .array([.string("object"), .string("null")]),
      "properties": .object(
        paths.mapValues { .object(["$ref": .string($0)]) }
          .merging(
            paths.map { ("grid." + $0, list(of: $1)) }, uniquingKeysWith: { one, _ in one }
          )
          .merging(["grid": .object(["$ref": .string("#/properties/grid")])]) { one, _ in one }),
      "patternProperties": .object(["^grid\\.": anyList]),
    ])
    properties["profiles"] = .object([
      "type": .string("object"),
      "description": .string(
        "Named variations, chosen with --profile: fields by their dotted paths with other values, "
          + "and lists of the grid under 'grid.'."),
      "additionalProperties": profile,
    ])
    return .object([
      "$schema": .string("http://json-schema.org/draft-07/schema#"),
      "title": .string("A pipeline of collapse"), "type": .string("object"),
      "required": .strings(["name"]), "properties": .object(properties),
      "additionalProperties": .bool(false), "definitions": .object(definitions),
    ])
  }
}

/// Shapes as JSON Schema, with a description for each field.
private struct SchemaWriter {
  /// Where the schema of each field is, by the field's dotted path.
  private(set) var paths: [String: String] = [:]
  private(set) var undescribed: [String] = []

  /// - Parameter path: the dotted path of the field; `nil` below a list, where no field of a grid
  ///   is and keys are required that the grid could give elsewhere.
  mutating func schema(
    of shape: FieldShape, path: String?, reference: String = "#"
  ) -> JSONValue {
    switch shape {
    case .boolean: return .object(["type": .string("boolean")])
    case .integer: return .object(["type": .string("integer")])
    case .number: return .object(["type": .string("number")])
    case .word(nil): return .object(["type": .string("string")])
    case .word(let words?): return .object(["enum": .strings(words)])
    case .reference(let name): return .object(["$ref": .string("#/definitions/\(name)")])
    case .list(let element):
      return .object([
        "type": .string("array"), "items": schema(of: element, path: nil),
      ])
    case .anyOf(let shapes):
      var all: [JSONValue] = []
      for (index, shape) in shapes.enumerated() {
        all.append(schema(of: shape, path: path, reference: "\(reference)/anyOf/\(index)"))
      }
      return .object(["anyOf": .array(all)])
    case .mapping(let mapping):
      return schema(of: mapping, path: path, reference: reference)
    }
  }

  private mutating func schema(
    of mapping: MappingShape, path: String?, reference: String
  ) -> JSONValue {
    var properties: [String: JSONValue] = [:]
    for field in mapping.fields {
      let place = "\(reference)/properties/\(field.key)"
      let fieldPath = path.map { $0.isEmpty ? field.key : "\($0).\(field.key)" }
      if let fieldPath, paths[fieldPath] == nil { paths[fieldPath] = place }
      var shape = field.shape
      if mapping.type == "NetworkDescription", field.key == "kind" {
        shape = .word(NetworkCatalog.entries.map(\.name))
      }
      guard case .object(var schema) = schema(of: shape, path: fieldPath, reference: place) else {
        continue
      }
      let description = FieldDescription.text(of: field.key, in: mapping)
      if description == nil { undescribed.append("\(mapping.type).\(field.key)") }
      if schema["$ref"] != nil { schema = ["allOf": .array([.object(schema)])] }
      schema["description"] = description.map { .string($0) }
      schema["default"] = field.standard
      properties[field.key] = .object(schema)
    }
    if let kind = mapping.kind {
      properties["kind"] = .object(["const": .string(kind)])
      if let path, paths["\(path).kind"] == nil, !path.isEmpty {
        paths["\(path).kind"] = "#/definitions/kind"
      }
    }
    var schema: [String: JSONValue] = [
      "type": .string("object"), "properties": .object(properties),
      "additionalProperties": .bool(false),
    ]
    let required =
      mapping.fields.filter(\.isRequired).map(\.key) + (mapping.kind == nil ? [] : ["kind"])
    if path == nil, !required.isEmpty { schema["required"] = .strings(required.sorted()) }
    return .object(schema)
  }
}
