import CollapseCore
import Reporting

/// The format of pipeline files as a JSON Schema, for editors that complete and check YAML.
///
/// It follows from the declarations of the fields.
public enum PipelineSchema {
  /// The schema as JSON text.
  public static func text() throws -> String {
    return try JSONText.pretty(schema()) + "\n"
  }

  private static func schema() -> ConfigurationNode {
    var writer = SchemaWriter()
    var properties = writer.properties(
      of: PipelineDocument.declarations, path: "", reference: "#")
    let paths = writer.paths.filter { !PipelineDocument.headerKeys.contains($0.path) }
    let anyList = list()
    // An experiment has lists of its own in the place of a grid.
    let points = paths.filter { !$0.path.hasPrefix(LaboratoryDocument.key + ".") }.map {
      ($0.path, list(of: $0.reference))
    }
    properties.append(
      (
        "grid",
        object(
          "Fields by their dotted paths, each with the list of values it runs through; the product "
            + "of the lists is run.", properties: points, others: anyList)
      ))
    let changes = paths.map { ($0.path, SchemaWriter.reference($0.reference)) }
    let profile = ConfigurationNode([
      ("type", ["object".node, "null".node].list),
      (
        "properties",
        ConfigurationNode(
          changes + points.map { ("grid." + $0, $1) }
            + [("grid", SchemaWriter.reference("#/properties/grid"))])
      ),
      ("patternProperties", ConfigurationNode([("^grid\\.", anyList)])),
    ])
    properties.append(
      (
        "profiles",
        object(
          "Named variations, chosen with --profile: fields by their dotted paths with other "
            + "values, and lists of the grid under 'grid.'.", properties: [], others: profile)
      ))
    return ConfigurationNode([
      ("$schema", "http://json-schema.org/draft-07/schema#".node),
      ("title", "A pipeline of collapse".node), ("type", "object".node),
      ("required", ["name"].node), ("properties", ConfigurationNode(properties)),
      ("additionalProperties", false.node), ("definitions", ConfigurationNode(writer.definitions)),
    ])
  }

  /// A list of different values, of any kind or of that of a field.
  private static func list(of reference: String? = nil) -> ConfigurationNode {
    ConfigurationNode(
      [("type", "array".node), ("minItems", 1.node), ("uniqueItems", true.node)]
        + (reference.map { [("items", SchemaWriter.reference($0))] } ?? []))
  }

  private static func object(
    _ description: String, properties: [(String, ConfigurationNode)], others: ConfigurationNode
  ) -> ConfigurationNode {
    ConfigurationNode(
      [
        ("type", "object".node), ("description", description.node),
        ("additionalProperties", others),
      ] + (properties.isEmpty ? [] : [("properties", ConfigurationNode(properties))]))
  }
}

extension [ConfigurationNode] {
  fileprivate var list: ConfigurationNode { ConfigurationNode(self) }
}
