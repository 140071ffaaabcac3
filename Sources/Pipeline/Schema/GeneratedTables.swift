/// The tables of documents that follow from declarations.
public enum GeneratedTables {
  /// `text` with its tables written anew: what stands between `<!-- fields of PATH -->` and
  /// `<!-- end of fields -->`, and between `<!-- measures of GROUP -->` and `<!-- end of measures -->`;
  /// `everything` stands for all fields.
  ///
  /// - Throws: `ConfigurationError` that names a path or a group there is not.
  public static func updating(_ text: String) throws -> String {
    let fields = try updating(text, "fields") { path in
      try OptionTable(path: path == "everything" ? "" : path).markdown
    }
    return try updating(fields, "measures") { try MeasureTable(group: $0).markdown }
  }

  private static func updating(
    _ text: String, _ kind: String, _ table: (_ subject: String) throws -> String
  ) throws -> String {
    let (begin, middle, end) = ("<!-- \(kind) of ", " -->\n", "<!-- end of \(kind) -->")
    var rest = text[...]
    var updated = ""
    while let start = rest.firstRange(of: begin) {
      updated += rest[..<start.upperBound]
      rest = rest[start.upperBound...]
      guard let close = rest.firstRange(of: middle), let stop = rest.firstRange(of: end) else {
        break
      }
      let subject = String(rest[..<close.lowerBound])
      updated += "\(subject)\(middle)\(try table(subject))"
      rest = rest[stop.lowerBound...]
    }
    return updated + rest
  }
}
