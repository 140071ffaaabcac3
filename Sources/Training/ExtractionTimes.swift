/// Where the time of an extraction went, in seconds.
public struct ExtractionTimes: Sendable, Hashable, Encodable {
  /// Samples that went through the network.
  public internal(set) var images = 0
  /// Building the network, and choosing its algorithms by timing.
  public internal(set) var prepareSeconds = 0.0
  /// Reading, decoding and normalizing samples. It happens on a thread of its own, ahead of the
  /// network, so that the parts are more than the whole.
  public internal(set) var decodeSeconds = 0.0
  /// What the network had to wait for samples.
  public internal(set) var waitSeconds = 0.0
  /// The network, and copying what its layers gave.
  public internal(set) var forwardSeconds = 0.0
  /// What became of the features: writing them to a file.
  public internal(set) var writeSeconds = 0.0
  /// From the first batch until the features are where they were to be: without
  /// ``prepareSeconds``.
  public internal(set) var seconds = 0.0

  public var imagesPerSecond: Double { seconds > 0 ? Double(images) / seconds : 0 }
}

/// Seconds since it was made or last asked.
struct LapClock {
  private let clock = ContinuousClock()
  private var last: ContinuousClock.Instant

  init() { last = clock.now }

  mutating func lap() -> Double {
    let now = clock.now
    defer { last = now }
    return (now - last) / .seconds(1)
  }
}
