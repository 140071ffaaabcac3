import CollapseCore
public import Datasets
public import Networks

/// How a checkpoint of another framework is read.
public struct ImportOptions: Sendable {
  /// Where the network is among the arrays of the file: `ema`; `nil` to look for it.
  public var place: String?
  /// The classifier of a graph, by its operator's name or the tensor it gives; `nil` to look for it.
  public var head: String?
  /// The network, where its arrays do not tell its structure.
  public var network: NetworkDescription?
  /// ε of the batch normalizations, which no array holds.
  public var epsilon = 1e-5
  /// The classes of the classifier's outputs; `nil` for those of the data.
  public var classNames: [String]?
  /// How images are prepared for the network.
  public var preprocessing: Preprocessing
  /// Whether what cannot be checked, or does not fit, is taken all the same.
  public var isTrusted = false
  /// A file with the network's outputs for the first samples, `logits` of shape [n, C].
  public var logits: String?
  public var threads: Int?

  /// By default what PyTorch's layers have by default.
  public init(preprocessing: Preprocessing) { self.preprocessing = preprocessing }
}
