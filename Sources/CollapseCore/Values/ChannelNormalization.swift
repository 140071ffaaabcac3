/// An affine map per channel, x ↦ (x − mean) / standardDeviation, applied before training.
///
/// Means and deviations are in the units of the samples: 0...255 for images.
public struct ChannelNormalization: Sendable, Hashable {
  /// One mean per channel.
  public private(set) var means: [Double]
  /// One positive standard deviation per channel.
  public private(set) var standardDeviations: [Double]

  /// - Precondition: as many deviations as means, all positive.
  public init(means: [Double], standardDeviations: [Double]) {
    precondition(means.count == standardDeviations.count)
    precondition(standardDeviations.allSatisfy { $0 > 0 })
    self.means = means
    self.standardDeviations = standardDeviations
  }

  /// Leaves every channel as it is.
  public static func identity(channels: Int) -> ChannelNormalization {
    ChannelNormalization(
      means: Array(repeating: 0, count: channels),
      standardDeviations: Array(repeating: 1, count: channels))
  }

  /// Maps bytes 0...255 to −1...1 in every channel.
  public static func centred(channels: Int) -> ChannelNormalization {
    ChannelNormalization(
      means: Array(repeating: 127.5, count: channels),
      standardDeviations: Array(repeating: 127.5, count: channels))
  }
}

extension ChannelNormalization: Configurable {
  public static var standard: ChannelNormalization {
    ChannelNormalization(means: [], standardDeviations: [])
  }

  public static var fields: [Field<ChannelNormalization>] {
    [
      Field("means", \.means, "The mean of each channel.", isRequired: true),
      Field(
        "standardDeviations", \.standardDeviations, "The standard deviation of each channel.",
        range: .positive, isRequired: true),
    ]
  }

  public func settle(_ stated: StatedFields) throws(ConfigurationFault) {
    guard means.count == standardDeviations.count else {
      throw stated.fault(
        "expected as many standardDeviations as means, found \(standardDeviations.count) and "
          + "\(means.count)")
    }
  }
}
