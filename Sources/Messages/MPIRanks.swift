import CMessages
public import CollapseCore
import LibC

/// The ranks of MPI that a launcher started, through the adapter to the site's library.
public struct MPIRanks: Communicator {
  public let rank: Int
  public let size: Int
  private let adapter: MPIAdapter

  /// Begins to work with the others that the launcher started; `nil` for a process alone.
  ///
  /// Processes are alone where no launcher that is known started several of them, unless
  /// ``MPIAdapter/variable`` names an adapter.
  ///
  /// - Throws: ``MPIError`` where there is no adapter, or one to which each of them is alone.
  public static func start(_ launcher: Launcher? = .find()) throws -> MPIRanks? {
    if MPIAdapter.stated == MPIAdapter.none { return nil }
    if let launcher {
      guard launcher.size > 1 else { return nil }
    } else if MPIAdapter.stated == nil {
      return nil
    }
    let adapter = try MPIAdapter.find(for: launcher)
    // Some libraries end the process themselves where they find nothing.
    if let launcher, launcher.isWithoutInterface { throw adapter.mismatch(launcher) }
    var (rank, size): (Int32, Int32) = (0, 0)
    try adapter.check(adapter.table.pointee.start(&rank, &size), "start")
    let ranks = MPIRanks(rank: Int(rank), size: Int(size), adapter: adapter)
    if let launcher, launcher.size != ranks.size {
      ranks.finish()
      throw adapter.mismatch(launcher)
    }
    return ranks
  }

  public func send(_ bytes: [UInt8], to other: Int) throws {
    try adapter.check(
      adapter.table.pointee.send(bytes, UInt64(bytes.count), Int32(other)),
      "send to rank \(other)")
  }

  public func receive(from other: Int) throws -> [UInt8] {
    let table = adapter.table.pointee
    var count: UInt64 = 0
    try adapter.check(table.expect(&count, Int32(other)), "receive from rank \(other)")
    return try [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, filled in
      try adapter.check(
        table.receive(buffer.baseAddress, count, Int32(other)), "receive from rank \(other)")
      filled = Int(count)
    }
  }

  /// Takes leave of the others, who do the same.
  public func finish() { _ = adapter.table.pointee.finish() }

  /// Ends all ranks, this one with them; their launcher gives the code on.
  public func abort(_ code: Int32) -> Never {
    adapter.table.pointee.abort(code)
    _exit(code)
  }
}

extension MPIAdapter {
  func check(_ error: Int32, _ operation: String) throws(MPIError) {
    guard error != 0 else { return }
    throw MPIError(
      .internalFailure,
      "cannot \(operation) by MPI: \(String(cString: table.pointee.text(error)))")
  }
}
