package import CollapseCore

/// The facts of a training as the text of an attribute.
package enum RunFactsText {
  /// The name of the attribute, in feature files and in checkpoints.
  package static let attribute = "run"

  package static func encode(_ facts: RunFacts) -> String? {
    try? JSONText.compact(facts)
  }

  /// `nil` for text that holds no facts: another program's attribute of that name.
  package static func decode(_ text: String) -> RunFacts? {
    try? JSONText.decode(from: text.utf8)
  }

  /// Where the network normalizes batches, after its description, which our first feature files
  /// hold beside an attribute that says only whether hidden layers are normalized at all.
  static func normalization(ofNetwork text: String) -> Normalization? {
    struct Network: Decodable {
      let batchNormalization: Normalization.Hidden
      let lastLayerBatchNormalization: String
    }
    return (try? JSONText.decode(Network.self, from: text.utf8)).map {
      Normalization(
        hidden: $0.batchNormalization, last: $0.lastLayerBatchNormalization != "none")
    }
  }
}
