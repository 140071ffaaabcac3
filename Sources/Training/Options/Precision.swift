import COneDNN
import CollapseCore

/// What numbers a training step is computed in.
///
/// The trained parameters, the moments of optimizers and normalizations, the gradients by
/// parameters, the classifier, its logits and the loss are float32 in either case; so are
/// evaluation and the extraction of features.
public enum Precision: String, Sendable, Hashable, Codable, CaseIterable {
  /// IEEE single precision throughout.
  case float32
  /// The layers before the classifier take and give numbers with float32's range and 8 bits of
  /// precision, and add their products up in float32.
  case bfloat16

  /// What arrays between layers consist of.
  var elementType: dnnl_data_type_t { self == .float32 ? dnnl_f32 : dnnl_bf16 }

  /// - Throws: ``TrainingError`` of kind `usage` where this processor has no way to compute it.
  ///   AVX-512 without bfloat16 instructions gets there by oneDNN's emulation, more slowly than
  ///   in float32.
  func checkProcessor() throws(TrainingError) {
    guard self == .bfloat16, !TrainingEngine.computesBfloat16 else { return }
    throw TrainingError(
      kind: .usage, operation: "train in bfloat16",
      reason: "it takes AVX-512 (with AVX512_BF16 or AMX to be fast), this processor has "
        + "\(TrainingEngine.instructionSet); float32 runs everywhere")
  }
}
