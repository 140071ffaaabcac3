import LibC

/// Where the time of an extraction went, in seconds.
public struct ExtractionTimes: Sendable, Hashable, Encodable {
  /// Samples that went through the network.
  public package(set) var images = 0
  /// Building the network, and choosing its algorithms by timing.
  public package(set) var prepareSeconds = 0.0
  /// Reading, decoding and normalizing samples. It happens on a thread of its own, ahead of the
  /// network, so that the parts are more than the whole.
  public package(set) var decodeSeconds = 0.0
  /// What the network had to wait for samples.
  public package(set) var waitSeconds = 0.0
  /// The network, and copying what its layers gave.
  public package(set) var forwardSeconds = 0.0
  /// What became of the features: writing them to a file.
  public package(set) var writeSeconds = 0.0
  /// From the first batch until the features are where they were to be: without
  /// ``prepareSeconds``.
  public package(set) var seconds = 0.0

  /// What all threads computed meanwhile: a measure that a busy machine changes less.
  public package(set) var processorSeconds = 0.0

  /// Images over ``seconds``; 0 before the first batch.
  public var imagesPerSecond: Double { seconds > 0 ? Double(images) / seconds : 0 }

  package init() {}

  /// Counts what `body` does with all features, after the last block, as writing them.
  package mutating func countAsWriting(_ body: () throws -> Void) rethrows {
    var clock = LapClock()
    try body()
    let elapsed = clock.lap()
    writeSeconds += elapsed
    seconds += elapsed
  }
}

/// Seconds since it was made or last asked.
package struct LapClock {
  package enum Kind {
    case wall
    /// What all threads of the process computed.
    case processor
  }

  private let clock: clockid_t
  private var last: Double

  package init(_ kind: Kind = .wall) {
    clock = kind == .wall ? CLOCK_MONOTONIC : CLOCK_PROCESS_CPUTIME_ID
    last = Self.seconds(clock)
  }

  package mutating func lap() -> Double {
    let now = Self.seconds(clock)
    defer { last = now }
    return now - last
  }

  private static func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
