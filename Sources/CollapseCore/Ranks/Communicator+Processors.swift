extension Communicator {
  /// How many threads this rank may have where all have as many as the processors allow: ranks on one
  /// machine share those that they may all use, and have those to themselves that they were bound to.
  ///
  /// - Throws: what sending and receiving throw.
  public func processorShare() throws -> Int {
    let mine = PlaceOfRank(host: Host.name, processors: Processors.list)
    let sharing = try gather(mine).count { $0 == mine }
    return max(1, Processors.count / max(1, sharing))
  }
}

/// Where a rank may run.
private struct PlaceOfRank: Codable, Hashable {
  let host: String
  let processors: String?
}
