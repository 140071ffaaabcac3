/// A seeded random number generator, xoshiro256** 1.0 seeded through SplitMix64.
///
/// The same seed gives the same numbers on every machine and in every release. The state can be
/// stored and restored, so a resumed computation draws what an uninterrupted one would have.
///
/// Source: Blackman & Vigna, "Scrambled Linear Pseudorandom Number Generators", 2021.
public struct SeededGenerator: RandomNumberGenerator, Sendable, Hashable, Codable {
  /// The four words of the state.
  public private(set) var state: [UInt64]

  /// A generator at the start of the numbers of `seed`; any seed will do, 0 included.
  public init(seed: UInt64) {
    var word = seed
    state = (0..<4).map { _ in SeededGenerator.splitMix64(&word) }
  }

  /// A generator for one purpose of a computation with one seed: streams of different names are
  /// independent, so adding a purpose does not change what the others draw.
  public init(seed: UInt64, stream: String) {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325  // FNV-1a: stable, unlike Hasher
    for byte in stream.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    self.init(seed: seed ^ hash)
  }

  /// Continues from a stored state.
  ///
  /// - Precondition: four words, not all zero.
  public init(state: [UInt64]) {
    precondition(state.count == 4 && state.contains { $0 != 0 })
    self.state = state
  }

  public mutating func next() -> UInt64 {
    let product = state[1] &* 5
    let result = ((product << 7) | (product >> 57)) &* 9
    let shifted = state[1] << 17
    state[2] ^= state[0]
    state[3] ^= state[1]
    state[1] ^= state[2]
    state[0] ^= state[3]
    state[2] ^= shifted
    state[3] = (state[3] << 45) | (state[3] >> 19)
    return result
  }

  private static func splitMix64(_ state: inout UInt64) -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
