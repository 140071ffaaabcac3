public import CollapseCore

extension Shaping: Configurable {
  public static var standard: Shaping { Shaping() }

  public static var fields: [Field<Shaping>] {
    [
      Field(
        "classes", \.classes, "Names of the classes to keep, in the order of their new labels.",
        absence: "all"),
      Field(
        "perClass", \.perClass, "Samples to keep of each class, drawn at random.",
        range: .atLeast(1), flag: CommandLineFlag("per-class", valueName: "n"), absence: "all"),
      Field(
        "imbalance", \.imbalance, "The count of the first class over that of the last.",
        range: .atLeast(1), absence: "as it is"),
      Field(
        "imbalanceProfile", \.imbalanceProfile,
        "How counts fall from the first class to the last: evenly in logarithms, or in one step.",
        absence: "exponential"),
      Field(
        "minorityClasses", \.minorityClasses,
        "With a step, how many classes at the end have the smaller count.", range: .atLeast(1),
        absence: "half of them"),
      Field(
        "merge", \.merge,
        "Groups of classes that become one class each, in the order of their new labels.",
        absence: "none"),
      Field(
        "labelNoise", \.labelNoise,
        "The fraction of samples that get another label, chosen at random.", range: .closed(0...1),
        absence: "none"),
      Field("randomLabels", \.randomLabels, "Whether labels are dealt out anew."),
      Field(
        "padTo", \.padTo,
        "The height and width of images after padding with zeros, the image in the middle.",
        range: .closed(1...65_536), flag: CommandLineFlag("pad", valueName: "side"),
        absence: "no padding"),
      Field(
        "pixelNoise", \.pixelNoise,
        "The standard deviation, in gray levels, of normal noise on every pixel.",
        range: .notNegative, flag: CommandLineFlag("pixel-noise", valueName: "deviation"),
        absence: "none"),
      Field(
        "colour", \.colour, "Colours for gray images, which mostly agree with their labels.",
        absence: "none"),
      Field(
        "normalization", \.normalization, "The affine map of each channel: computed, or given.",
        absence: "computed"),
      Field("seed", \.seed, "Decides everything random about the shaping."),
    ]
  }

  public func settle(_ stated: StatedFields) throws(ConfigurationFault) {
    if labelNoise != nil, randomLabels {
      throw stated.fault("labelNoise", "cannot be combined with randomLabels")
    }
    if imbalanceProfile != nil, imbalance == nil {
      throw stated.fault("imbalanceProfile", "has no meaning without imbalance")
    }
    if minorityClasses != nil, imbalanceProfile != .step {
      throw stated.fault("minorityClasses", "is for imbalanceProfile: step")
    }
  }
}

/// `computed`, or `{means: […], standardDeviations: […]}`.
extension Shaping.Normalization: NodeCoded {
  private static let computedWord = "computed"

  public static var shape: FieldShape {
    .either([.words([computedWord]), .fields(ChannelNormalization.self)])
  }

  public init(
    reading node: ConfigurationNode, by reader: ConfigurationReader
  ) throws(ConfigurationFault) {
    if case .mapping = node.content {
      self = .given(try ChannelNormalization(reading: node, by: reader))
    } else {
      let word = try? String(reading: node, by: reader)
      guard word == Self.computedWord else {
        throw reader.mismatch("'computed', or means and standardDeviations", at: node)
      }
      self = .computed
    }
  }

  public var node: ConfigurationNode {
    switch self {
    case .computed: Self.computedWord.node
    case .given(let given): given.node
    }
  }
}
