public import CollapseCore
public import Networks

/// What is asked of the second derivatives of a network's loss.
///
/// ```yaml
/// curvature: { perClass: 100, trace: 60, density: 4 }
/// ```
public struct CurvatureOptions: Sendable, Hashable {
  /// Which matrices of second derivatives.
  public enum Matrices: String, FieldValue, CaseIterable {
    case both
    /// H = ∇²L.
    case hessian
    /// G = mean JᵀAJ.
    case gaussNewton = "gauss-newton"
  }

  public var epochs = FeatureConfiguration.Epochs.checkpoints
  public var matrices = Matrices.both
  public var perClass: Int?
  public var eigenvalues: Int?
  public var smallest = 2
  public var tolerance = 1e-6
  public var steps = 300
  public var trace = 60
  public var density = 4
  public var densitySteps = 40
  public var decomposition = true
  public var layerBlocks = false
  public var loss: LossFunction?
  public var penalties = false
  /// By which moments batch normalization divides: they make two different matrices.
  public var statistics = NormalizationStatistics.running
  public var batchSize: Int?
  public var seed: UInt64 = 0

  /// Both matrices over all samples.
  public init() {}
}

extension CurvatureOptions: Configurable {
  public static var standard: CurvatureOptions { CurvatureOptions() }

  public static var fields: [Field<CurvatureOptions>] {
    [
      Field(
        "epochs", \.epochs, "After which epochs of a run: all with a checkpoint, or the last."),
      Field(
        "matrices", \.matrices,
        "The Hessian H of the loss, its Gauss–Newton part G, or both.",
        flag: CommandLineFlag("matrices", valueName: "which")),
      Field(
        "perClass", \.perClass, "The most samples of a class; the first of each are taken.",
        range: .positive, flag: CommandLineFlag("per-class", valueName: "n"), absence: "all"),
      Field(
        "eigenvalues", \.eigenvalues, "Eigenvalues at the upper end.", range: .notNegative,
        flag: CommandLineFlag("eigenvalues", valueName: "n"), absence: "twice the classes"),
      Field(
        "smallest", \.smallest, "Eigenvalues at the lower end.", range: .notNegative,
        flag: CommandLineFlag("smallest", valueName: "n")),
      Field(
        "tolerance", \.tolerance,
        "How far an eigenvalue may be from its estimate, as a share of the largest.",
        range: .positive, flag: CommandLineFlag("tolerance", valueName: "share")),
      Field(
        "steps", \.steps,
        "The most products that eigenvalues may take; what is not within the tolerance by then is told with its bound.",
        range: .positive, flag: CommandLineFlag("steps", valueName: "n")),
      Field(
        "trace", \.trace, "Products that the estimate of the trace takes, at least 6; 0 for none.",
        range: .notNegative, flag: CommandLineFlag("trace", valueName: "products")),
      Field(
        "density", \.density,
        "Random starts that the spectral density is averaged over; 0 for none.",
        range: .notNegative, flag: CommandLineFlag("density", valueName: "starts")),
      Field(
        "densitySteps", \.densitySteps, "Products of each of them.", range: .positive,
        flag: CommandLineFlag(
          "density-steps", valueName: "n", sentence: "Products of each start of the density.")),
      Field(
        "decomposition", \.decomposition,
        "Whether G is decomposed by classes and pairs of classes, as Papyan (2020) does; cross-entropy only.",
        flag: CommandLineFlag("decomposition")),
      Field(
        "layerBlocks", \.layerBlocks,
        "Whether the largest eigenvalue and the trace of every layer's diagonal block are found too.",
        flag: CommandLineFlag("layer-blocks")),
      Field(
        "loss", \.loss, "The loss, where it is not that of the training.",
        flag: CommandLineFlag("loss", valueName: "kind"),
        absence: "that of the training; crossEntropy for networks of other frameworks"),
      Field(
        "penalties", \.penalties,
        "Whether weight decay, spectral decoupling and feature decay of the training are in.",
        flag: CommandLineFlag("penalties")),
      Field(
        "statistics", \.statistics,
        "The moments that batch normalization divides by: the running ones, or those of batches.",
        flag: CommandLineFlag("statistics", valueName: "which")),
      Field(
        "batchSize", \.batchSize, "Samples of such a batch.", range: .positive,
        flag: CommandLineFlag(
          "batch-size", valueName: "n", sentence: "Samples of a batch, with --statistics batch."),
        absence: "as in the training"),
      Field(
        "seed", \.seed, "Decides the random starts, the probes of the trace and the batches.",
        flag: CommandLineFlag("seed", valueName: "n")),
    ]
  }

  public func settle(_ stated: StatedFields) throws(ConfigurationFault) {
    guard !stated.contains("batchSize") || statistics == .batch else {
      throw stated.fault("batchSize", "goes with 'statistics: batch'")
    }
    guard trace == 0 || trace >= 6 else {
      throw stated.fault("trace", "expected 0 or at least 6, found \(trace)")
    }
  }
}
