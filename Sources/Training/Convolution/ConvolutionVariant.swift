import COneDNN
import Networks

/// One way to compute a convolution in one direction.
struct ConvolutionVariant: Hashable {
  /// How the maps are arranged for the primitive; reorders bring them there and back.
  enum Arrangement: String, CaseIterable {
    /// As the neighbouring layers have them.
    case native
    /// Channels innermost: oneDNN's batch-reduced GEMM.
    case channelsLast
    /// Plane after plane: oneDNN's im2col and GEMM.
    case planar
  }

  enum Method: String {
    /// The sum of products of the definition, by oneDNN.
    case direct
    /// Fewer products of sums, by oneDNN.
    case winograd
    /// The same in a few large matrix products: see ``WinogradProduct``.
    case winogradProduct
    /// The same without leaving the cache: see ``FusedWinograd``.
    case winogradFused
    /// One matrix product over all places of all samples: see ``KernelGradientProduct``.
    case product
    /// Products with a row per sample, for each pixel and tap: see ``PixelProduct``.
    case pixelProduct

    /// The convolution written here that it stands for.
    var blocked: (any BlockedConvolution.Type)? {
      switch self {
      case .winogradProduct: WinogradProduct.self
      case .winogradFused: FusedWinograd.self
      case .pixelProduct: PixelProduct.self
      case .direct, .winograd, .product: nil
      }
    }
  }

  let method: Method
  let arrangement: Arrangement
  /// How many of oneDNN's implementations are passed over.
  let skipped: Int

  init(_ method: Method, _ arrangement: Arrangement = .native, skipped: Int = 0) {
    self.method = method
    self.arrangement = arrangement
    self.skipped = skipped
  }

  /// `winograd/native/0`.
  var id: String { "\(method.rawValue)/\(arrangement.rawValue)/\(skipped)" }

  var algorithm: dnnl_alg_kind_t {
    method == .winograd ? dnnl_convolution_winograd : dnnl_convolution_direct
  }

  /// Those that may compute `direction`, the plainest first.
  static func all(_ policy: AlgorithmPolicy, _ direction: Direction) -> [ConvolutionVariant] {
    var variants = [ConvolutionVariant(.direct), ConvolutionVariant(.direct, skipped: 1)]
    if policy == .fast {
      variants += [
        ConvolutionVariant(.winograd), ConvolutionVariant(.winogradProduct),
        ConvolutionVariant(.winogradFused),
      ]
    }
    variants += [ConvolutionVariant(.pixelProduct), ConvolutionVariant(.direct, .channelsLast)]
    // For a gradient by the kernel oneDNN's im2col takes seconds on large maps, and the product
    // over all samples is faster anyway.
    variants.append(
      direction == .backwardWeights
        ? ConvolutionVariant(.product, .channelsLast) : ConvolutionVariant(.direct, .planar))
    return variants
  }
}
