import CollapseCore
import Networks

/// The algorithms found fastest, so that a resumed run takes the same ones and gets the same
/// bits, and later runs on the same machine need not time them again.
public struct AlgorithmChoices: Sendable, Hashable, Codable {
  /// By layer and direction: `features.4/forward` → `winograd/native/0`.
  public internal(set) var byLayer: [String: String] = [:]
  /// By what was timed, so that equal layers are timed once; holds for one machine.
  package internal(set) var bySize: [String: String] = [:]

  /// Nothing found yet.
  public init() {}

  /// What was found on this machine before, by what was timed.
  package init(bySize: [String: String]) { self.bySize = bySize }

  /// Choices made beforehand, by layer and direction.
  package init(byLayer: [String: String]) { self.byLayer = byLayer }
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
    let memory = try Memory(unbound: layout)
    try memory.bind(to: buffer(role, layout.byteCount))
    return memory
  }

  /// Shared bytes filled with made-up numbers.
  func buffer(_ role: String, _ byteCount: Int) -> AlignedBuffer {
    if let known = samples[role], known.byteCount >= byteCount { return known }
    let buffer = AlignedBuffer(byteCount: byteCount)
    // 0.01 as float32 and, in either half, as bfloat16
    buffer.floats.update(repeating: Float(bitPattern: 0x3c24_3c24))
    samples[role] = buffer
    return buffer
  }

  /// Frees what timing needed.
  func finishTiming() { samples = [:] }

  /// The algorithm of one layer and direction among `candidates`, the plainest first.
  ///
  /// - Parameters:
  ///   - mayTime: false in plans for inference, which take what training chose and else the
  ///     first that is fastest as a rule, so what they compute does not depend on timing.
  ///   - isFastAsARule: whether a candidate is taken where nothing may be timed; where none is,
  ///     it is the plainest.
  ///   - isLastResort: whether a candidate is so slow that it is not even timed where there is
  ///     another.
  ///   - prepare: what one run of a candidate does.
  func choose<Candidate>(
    _ layer: String, size: String, among candidates: [Candidate], id: (Candidate) -> String,
    mayTime: Bool, canBuild: (Candidate) -> Bool, isLastResort: (Candidate) -> Bool,
    isFastAsARule: (Candidate) -> Bool, prepare: (Candidate) throws -> () throws -> Void
  ) throws -> Candidate? {
    let recorded = choices.byLayer[layer] ?? (mayTime ? choices.bySize[size] : nil)
    if let candidate = candidates.first(where: { id($0) == recorded }), canBuild(candidate) {
      choices.byLayer[layer] = recorded
      return candidate
    }
    var possible = candidates.filter(canBuild)
    let worthwhile = possible.filter { !isLastResort($0) }
    if !worthwhile.isEmpty { possible = worthwhile }
    guard mayTime, possible.count > 1, choices.byLayer[layer] == nil else {
      return possible.first(where: isFastAsARule) ?? possible.first
    }
    let best = possible[try AlgorithmChooser.fastest(of: possible.map(prepare))]
    choices.byLayer[layer] = id(best)
    choices.bySize[size] = id(best)
    return best
  }

  /// The index of what runs fastest. All take turns, so that a machine busy for a while slows all
  /// alike, and whatever is clearly slower than the best so far leaves.
  private static func fastest(of trials: [() throws -> Void]) throws -> Int {
    var least = Array(repeating: Double.infinity, count: trials.count)
    var left = Array(trials.indices)
    // the first run of each may have been held up
    for allowance in [4, 1.5, 1.3, 1.15, 1.1] {
      for index in left {
        let pace = Pace()
        try trials[index]()
        least[index] = min(least[index], pace.seconds)
      }
      let best = left.map { least[$0] }.min()!
      left.removeAll { least[$0] > allowance * best }
      if left.count == 1 { break }
    }
    return left.min { least[$0] < least[$1] }!
  }
}
