public import CollapseCore

/// What a batch normalization does in training with a batch whose samples are alike where they enter it.
///
/// How alike they are is their mean cosine over pairs of different samples, 1 where all have one direction:
///
///     q' = (nq − 1) / (n − 1),  q = ‖mean of x/‖x‖‖²,
///
/// over the n samples of the batch, x all that one sample brings to the layer: its vector, or its map with all
/// channels as one vector. Samples that are zero are left out. A batch with q' above the threshold leaves the
/// running moments as they are; `normalizesBy` says which moments it is normalized by. Of fewer than two
/// samples q' is not defined, and the gate stays open. Inference is that of any batch normalization.
///
/// Source: the first stage of unified batch normalization, Wang et al., arXiv 2311.15993, in the two ways that
/// its text was read. The second stage, a rectification of maps, is not here.
public struct NormalizationGate: Sendable, Hashable {
  /// The moments a batch above the threshold is normalized by.
  public enum Moments: String, FieldValue, CaseIterable {
    /// The running ones: for this batch the layer is an affine map.
    case running
    /// Its own, as any batch; only the running moments do not follow it.
    case batch
  }

  /// The largest q' of a batch that is treated as any other.
  public var threshold = 0.5
  /// Which moments a batch above it is normalized by.
  public var normalizesBy = Moments.running

  /// A gate; with a threshold of 1 it never closes, below −1 it always is.
  public init(threshold: Double = 0.5, normalizesBy: Moments = .running) {
    self.threshold = threshold
    self.normalizesBy = normalizesBy
  }
}

extension NormalizationGate: Configurable {
  public static var standard: NormalizationGate { NormalizationGate() }
  public static var bareField: String? { "threshold" }

  public static var fields: [Field<NormalizationGate>] {
    [
      Field(
        "threshold", \.threshold,
        "The mean cosine between samples of a batch above which it leaves running moments as they are.",
        range: .closed(-2...1)),
      Field(
        "normalizesBy", \.normalizesBy,
        "The moments such a batch is normalized by: the running ones or its own."),
    ]
  }
}
