import CollapseCore
import FoundationEssentials

/// Values inside a checkpoint, as JSON with sorted keys.
///
/// The one use of Foundation in this module, and of its small part only: the standard library
/// has Codable but no format.
enum CheckpointText {
  static func encode(_ value: some Encodable) throws -> String {
    try JSONText.compact(value)
  }

  /// - Throws: ``TrainingError`` of kind `badInput` that names the attribute and the field.
  static func decode<Value: Decodable>(
    _: Value.Type, from text: String, attribute: String
  ) throws -> Value {
    do {
      return try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    } catch let error as DecodingError {
      throw TrainingError(
        kind: .badInput, operation: "read attribute '\(attribute)' of the checkpoint",
        reason: reason(error))
    }
  }

  private static func reason(_ error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, _): "'\(key.stringValue)' is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context),
      .dataCorrupted(let context):
      (context.codingPath.map(\.stringValue) + [context.debugDescription])
        .joined(separator: ": ")
    @unknown default: "\(error)"
    }
  }
}
