import CollapseCore

/// Working memory of which every thread of a team has a part.
struct ThreadScratch {
  private let memory: Memory
  private let byteCount: Int

  init(byteCount: Int, for team: ThreadTeam, in pad: Scratchpad) throws {
    self.byteCount = (byteCount + 63) / 64 * 64
    memory = try pad.memory(.plain([team.threads * self.byteCount / 4]))
  }

  /// - Precondition: the memory has been placed.
  subscript(thread: Int) -> UnsafeMutableRawPointer { memory.address! + thread * byteCount }
}
