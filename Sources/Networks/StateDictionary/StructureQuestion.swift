/// What a state dictionary does not say of the network it is of. Each question has an answer that is
/// usual and one that is not; the running moments of the network, or its accuracy, tell which holds.
public enum StructureQuestion: String, Sendable, Hashable, CaseIterable {
  /// Whether a max pooling of 3×3 follows a first convolution of 3×3.
  case poolingAfterFirstConvolution
  /// Whether a block of 1×1, 3×3 and 1×1 takes its steps of two in the first convolution.
  case stepsInFirstConvolution
  /// Whether the sum of a residual block stays as it is.
  case sumIsNotRectified
  /// Whether the shortcut of a block that normalizes first takes what came before that.
  case shortcutBeforeNormalization
  /// Whether new channels of a shortcut without arrays come behind the others.
  case newChannelsBehind
  /// Whether convolutions under one numbered name are a chain and no residual block.
  case blocksAreChains
  /// Whether the last convolution is followed by no pooling of its own.
  case noPoolingAtTheEnd
  /// Whether convolutions have no padding.
  case noPadding

  /// The answer in words, for a table of what was taken for granted.
  public func sentence(isUsual: Bool) -> String {
    let (usual, other) =
      switch self {
      case .poolingAfterFirstConvolution:
        ("no pooling after the first convolution", "max pooling 3×3 after the first convolution")
      case .stepsInFirstConvolution:
        ("steps of two in the 3×3 convolution of a block", "steps of two in a block's first 1×1")
      case .sumIsNotRectified:
        ("a ReLU after the sum of a block", "no ReLU after the sum of a block")
      case .shortcutBeforeNormalization:
        (
          "a block's shortcut takes its input normalized and rectified",
          "a block's shortcut takes its input as it comes"
        )
      case .newChannelsBehind:
        (
          "a shortcut without arrays puts zeros on both sides of the channels",
          "a shortcut without arrays puts zeros behind the channels"
        )
      case .blocksAreChains:
        ("numbered groups of convolutions are residual", "all convolutions follow each other")
      case .noPoolingAtTheEnd:
        ("max pooling 2×2 after the last convolution", "no pooling after the last convolution")
      case .noPadding:
        ("convolutions padded to keep the size of maps", "convolutions without padding")
      }
    return isUsual ? usual : other
  }
}
