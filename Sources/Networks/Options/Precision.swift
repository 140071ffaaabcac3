public import CollapseCore

/// What numbers a training step is computed in.
///
/// The trained parameters, the moments of optimizers and normalizations, the gradients by
/// parameters, the classifier, its logits and the loss are float32 in either case; so are
/// evaluation and the extraction of features.
public enum Precision: String, FieldValue, CaseIterable {
  /// IEEE single precision throughout.
  case float32
  /// The layers before the classifier take and give numbers with float32's range and 8 bits of
  /// precision, and add their products up in float32.
  case bfloat16
}
