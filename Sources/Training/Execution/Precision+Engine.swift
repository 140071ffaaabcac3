import COneDNN
import CollapseCore
import Networks

extension Precision {
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
