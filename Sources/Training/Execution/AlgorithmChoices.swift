/// Which of the ways to compute the same thing a plan takes.
public enum AlgorithmPolicy: String, Sendable, Hashable, Codable, CaseIterable {
  /// Whatever is fastest, Winograd's convolution included, whose rounding is a little larger.
  case fast
  /// Only algorithms that sum the products of the definition.
  case exact
}

/// The algorithms found fastest, so that a resumed run takes the same ones and gets the same
/// bits, and later runs on the same machine need not time them again.
public struct AlgorithmChoices: Sendable, Hashable, Codable {
  /// By layer and direction: `features.4/forward` → `winograd/native/0`.
  public internal(set) var byLayer: [String: String] = [:]
  /// By what was timed, so that equal layers are timed once; holds for one machine.
  public internal(set) var bySize: [String: String] = [:]

  public init() {}

  /// Choices made beforehand, by layer and direction.
  package init(byLayer: [String: String]) { self.byLayer = byLayer }

  /// Adds what another run on the same machine found.
  public mutating func learn(from other: AlgorithmChoices) {
    bySize.merge(other.bySize) { $1 }
  }
}

/// Chooses algorithms for the plans of one network: as recorded, or else by timing.
final class AlgorithmChooser {
  let policy: AlgorithmPolicy
  private(set) var choices: AlgorithmChoices
  /// Numbers to time candidates on, kept from one to the next.
  private var samples: [String: AlignedBuffer] = [:]

  init(policy: AlgorithmPolicy, known: AlgorithmChoices) {
    self.policy = policy
    choices = known
  }

  /// An array of made-up numbers, in a buffer that all arrays of the same role share.
  func sample(_ layout: Layout, role: String) throws -> Memory {
    var buffer = samples[role]
    if buffer == nil || buffer!.byteCount < layout.byteCount {
      let larger = AlignedBuffer(byteCount: layout.byteCount)
      larger.floats.update(repeating: 0.01)
      samples[role] = larger
      buffer = larger
    }
    let memory = try Memory(unbound: layout)
    try memory.bind(to: buffer!)
    return memory
  }

  /// Frees what timing needed.
  func finishTiming() { samples = [:] }

  /// The algorithm of one layer and direction among `candidates`, the plainest first.
  ///
  /// - Parameters:
  ///   - mayTime: false in plans for inference, which take what training chose and else the
  ///     plainest, so what they compute does not depend on timing.
  ///   - time: seconds of one run, or `nil` when the candidate cannot be built; may give up with
  ///     infinity once it is over the limit it is given.
  func choose<Candidate>(
    _ layer: String, size: String, among candidates: [Candidate], id: (Candidate) -> String,
    mayTime: Bool, canBuild: (Candidate) -> Bool, time: (Candidate, Double) throws -> Double
  ) rethrows -> Candidate? {
    let recorded = choices.byLayer[layer] ?? (mayTime ? choices.bySize[size] : nil)
    if let candidate = candidates.first(where: { id($0) == recorded }), canBuild(candidate) {
      choices.byLayer[layer] = recorded
      return candidate
    }
    let possible = candidates.filter(canBuild)
    guard mayTime, possible.count > 1, choices.byLayer[layer] == nil else { return possible.first }
    var best = possible[0]
    var least = Double.infinity
    for candidate in possible {
      let seconds = try time(candidate, least)
      if seconds < least { (best, least) = (candidate, seconds) }
    }
    choices.byLayer[layer] = id(best)
    choices.bySize[size] = id(best)
    return best
  }
}
