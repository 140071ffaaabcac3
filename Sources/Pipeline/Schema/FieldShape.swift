/// What may stand in a field, as the type that decodes it tells.
indirect enum FieldShape: Hashable {
  case boolean
  case integer
  case number
  /// Any text, or one of these words.
  case word([String]?)
  case list(FieldShape)
  case mapping(MappingShape)
  /// One of several: a number or a mapping, say.
  case anyOf([FieldShape])
  /// A type that holds itself, by its name.
  case reference(String)
}

/// The keys of a mapping.
struct MappingShape: Hashable {
  struct Field: Hashable {
    let key: String
    var shape: FieldShape
    /// Whether the type refuses a mapping without it.
    var isRequired: Bool
    /// What it is where it is left out.
    var standard: JSONValue?
  }

  /// The type that decodes it, which its descriptions go by.
  let type: String
  /// The value of `kind` that makes it this mapping and no other.
  var kind: String?
  var fields: [Field]
}
