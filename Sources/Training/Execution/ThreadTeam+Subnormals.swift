import COneDNN
package import CollapseCore

extension ThreadTeam {
  /// Runs `body` while every thread of the team treats subnormal numbers as zero.
  package func flushingSubnormals<Result>(_ body: () throws -> Result) rethrows -> Result {
    adopt()
    let previous = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: threads)
    defer { previous.deallocate() }
    run { previous[$0] = conednn_flush_subnormals() }
    defer { run { conednn_restore_floating_point(previous[$0]) } }
    return try body()
  }

  /// Runs `body` while the calling thread keeps subnormal numbers, as all do outside of training:
  /// code that is not training's, or may start a thread, which takes over how its maker computes
  /// and may be lent to others afterwards.
  static func keepingSubnormals<Result>(_ body: () throws -> Result) rethrows -> Result {
    let previous = conednn_keep_subnormals()
    defer { conednn_restore_floating_point(previous) }
    return try body()
  }
}
