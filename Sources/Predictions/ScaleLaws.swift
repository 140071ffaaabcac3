/// How derivatives of cross-entropy grow with the scale s of all weights of a bias-free network with
/// ReLUs and L weight layers, as s goes to zero: each is proportional to s to the exponent here.
///
/// Logits go as s^L and probabilities to 1/C. A derivative by one weight has s^(L−1) of the product of
/// layers; the Gauss–Newton part has two of these, a mixed derivative by weights of two layers s^(L−2). So
/// the curvature of the network itself wins over the Gauss–Newton part, and as it only couples layers the
/// spectrum is symmetric.
///
/// Source: derived here, after the expansion of Skorski et al., arXiv 2004.09506.
public struct ScaleLaws: Sendable, Hashable {
  /// L.
  public let depth: Int

  /// - Precondition: two layers at least.
  public init(depth: Int) {
    precondition(depth > 1)
    self.depth = depth
  }

  /// Of ‖∇L‖.
  public var gradient: Int { depth - 1 }
  /// Of λ_max(G).
  public var gaussNewton: Int { 2 * (depth - 1) }
  /// Of λ_max(H) and of −λ_min(H).
  public var hessian: Int { depth - 2 }

  /// Of the first layer's scale alone: the norm of its own block does not change with it, as inputs and
  /// later layers do not; that of any later block goes as its square, as what enters them does.
  ///
  /// - Parameter layer: from 1.
  public static func block(ofLayer layer: Int) -> Int { layer == 1 ? 0 : 2 }
}
