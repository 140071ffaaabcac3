public import CollapseCore

/// What a pipeline without data does: one of the laboratory's experiments, with its options.
public struct LaboratoryExperiment: Choice {
  public static let noun = "experiment"

  public static var kinds: [any NamedKind.Type] { experiments }

  /// Every experiment there is.
  private static let experiments: [any Experiment.Type] = [
    TirerBrunaExperiment.self,
    ZhuExperiment.self,
    BinaryDepthExperiment.self,
    LowRankExperiment.self,
    ContrastiveExperiment.self,
    ImbalanceExperiment.self,
    StarvationExperiment.self,
    BanachKernelExperiment.self,
    InitializationExperiment.self,
    KothapalliExperiment.self,
    GaoExperiment.self,
    ShallowExperiment.self,
    CondensationExperiment.self,
  ]

  let experiment: any Experiment

  public var value: any NamedKind { experiment }

  public init(_ value: any NamedKind, at path: [String]) {
    // Only the kinds above are read.
    experiment = value as! any Experiment
  }
}
