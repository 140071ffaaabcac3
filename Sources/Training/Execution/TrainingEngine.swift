import CMaps
import COneDNN

/// The library that does the arithmetic of training, and what it makes of this processor.
public enum TrainingEngine {
  /// `2.6.3`.
  public static var version: String {
    let version = dnnl_version()!.pointee
    return "\(version.major).\(version.minor).\(version.patch)"
  }

  /// Which of our own algorithms there are: raised when one comes or becomes faster, or when timing
  /// is mended, as what was timed before then no longer says which is fastest.
  package static let algorithmsRevision = 4

  /// Whether oneDNN computes in bfloat16 here, be it by emulation.
  package static var computesBfloat16: Bool {
    let needed = dnnl_cpu_isa_avx512_core.rawValue
    return dnnl_get_effective_cpu_isa().rawValue & needed == needed
  }

  /// Whether the processor multiplies bfloat16 by itself, which some algorithms here are made for.
  package static var multipliesBfloat16: Bool {
    computesBfloat16 && cconvolution_multiplies_bfloat16() != 0
  }

  /// The widest instruction set kernels are compiled for: `AVX-512 with VNNI`.
  public static var instructionSet: String {
    switch dnnl_get_effective_cpu_isa() {
    case dnnl_cpu_isa_sse41: "SSE 4.1"
    case dnnl_cpu_isa_avx: "AVX"
    case dnnl_cpu_isa_avx2: "AVX2"
    case dnnl_cpu_isa_avx512_core: "AVX-512"
    case dnnl_cpu_isa_avx512_core_vnni: "AVX-512 with VNNI"
    case dnnl_cpu_isa_avx512_core_bf16: "AVX-512 with VNNI and bfloat16"
    case dnnl_cpu_isa_avx512_core_amx: "AVX-512 with AMX"
    case let other: "oneDNN's code \(other.rawValue)"
    }
  }
}
