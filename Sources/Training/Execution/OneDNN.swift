import COneDNN
import CollapseCore

/// The one CPU engine of the process, and the one door all of oneDNN's status codes go through.
enum OneDNN {
  /// An engine holds no state that changes; oneDNN lets any thread use it.
  struct Engine: @unchecked Sendable { let handle: dnnl_engine_t }

  static let engine: Engine = {
    var handle: dnnl_engine_t?
    let status = dnnl_engine_create(&handle, dnnl_cpu, 0)
    precondition(status == dnnl_success, "oneDNN has no CPU engine")
    return Engine(handle: handle!)
  }()

  static func check(
    _ status: dnnl_status_t, _ operation: @autoclosure () -> String
  ) throws(TrainingError) {
    guard status == dnnl_success else {
      throw TrainingError(
        kind: .internalFailure, operation: operation(),
        reason: "oneDNN answered '\(String(cString: dnnl_status2str(status)))'")
    }
  }

  /// `oneDNN 2.6.3`.
  static var version: String {
    let version = dnnl_version()!.pointee
    return "oneDNN \(version.major).\(version.minor).\(version.patch)"
  }
}

/// An in-order queue of primitives on the CPU engine; executing returns when the work is done.
final class Stream {
  let handle: dnnl_stream_t

  init() throws {
    var handle: dnnl_stream_t?
    try OneDNN.check(
      dnnl_stream_create(&handle, OneDNN.engine.handle, dnnl_stream_default_flags.rawValue),
      "create a oneDNN stream")
    self.handle = handle!
  }

  deinit { dnnl_stream_destroy(handle) }
}
