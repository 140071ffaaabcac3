import COneDNN

/// One way to compute a convolution in one direction.
struct ConvolutionVariant: Hashable {
  enum Direction: String { case forward, backwardData, backwardWeights }

  /// How the maps are arranged for the primitive; reorders bring them there and back.
  enum Arrangement: String, CaseIterable {
    /// As the neighbouring layers have them.
    case native
    /// Channels innermost: oneDNN's batch-reduced GEMM.
    case channelsLast
    /// Plane after plane: oneDNN's im2col and GEMM.
    case planar
  }

  let isWinograd: Bool
  let arrangement: Arrangement
  /// How many of oneDNN's implementations are passed over.
  let skipped: Int

  /// `winograd/native/0`.
  var id: String { "\(isWinograd ? "winograd" : "direct")/\(arrangement.rawValue)/\(skipped)" }

  var algorithm: dnnl_alg_kind_t {
    isWinograd ? dnnl_convolution_winograd : dnnl_convolution_direct
  }

  /// All of them, the plainest first.
  static func all(_ policy: AlgorithmPolicy) -> [ConvolutionVariant] {
    var variants = (0..<2).map {
      ConvolutionVariant(isWinograd: false, arrangement: .native, skipped: $0)
    }
    if policy == .fast {
      variants.append(ConvolutionVariant(isWinograd: true, arrangement: .native, skipped: 0))
    }
    for arrangement in [Arrangement.channelsLast, .planar] {
      variants.append(
        ConvolutionVariant(isWinograd: false, arrangement: arrangement, skipped: 0))
    }
    return variants
  }
}
