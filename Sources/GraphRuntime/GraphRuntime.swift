import COnnxRuntime
public import CollapseCore
import FoundationEssentials

/// ONNX Runtime, which runs any graph of operators: a library that is loaded when it is first asked
/// for, and need not be there.
public enum GraphRuntime {
  /// The variable that says where the library is.
  static let variable = "COLLAPSE_ONNXRUNTIME"

  /// The version of the library, as it names it.
  ///
  /// - Throws: ``GraphRuntimeError`` where there is none.
  public static func version() throws -> String { try library().version }

  /// Where the library was found.
  public static func path() throws -> String { try library().path }

  struct Library: Sendable {
    let path: String
    let version: String
    // A table of functions that never changes.
    nonisolated(unsafe) let api: UnsafePointer<ort_api>
    nonisolated(unsafe) let environment: OpaquePointer
  }

  static func library() throws -> Library { try loaded.get() }

  private static let loaded = Result<Library, any Error> { try load() }

  /// The oldest table that has all that is called.
  private static let table: UInt32 = 5

  private static func load() throws -> Library {
    var problems: [String] = []
    for path in places {
      var problem: UnsafePointer<CChar>?
      guard let base = cort_load(path, &problem) else {
        problems.append(problem.map { String(cString: $0) } ?? path)
        continue
      }
      let version = String(cString: base.pointee.version())
      guard let api = base.pointee.get_api(table) else {
        throw GraphRuntimeError(
          kind: .missingInput, reason: "\(path) is ONNX Runtime \(version), expected 1.4 or newer")
      }
      var environment: OpaquePointer?
      // Errors only; nothing is sent anywhere.
      try api.pointee.check(api.pointee.create_env(3, "collapse", &environment))
      try api.pointee.check(api.pointee.disable_telemetry(environment!))
      return Library(path: path, version: version, api: api, environment: environment!)
    }
    // Of the places that were looked at, the one that was said or else where it is installed.
    throw GraphRuntimeError(
      kind: .missingInput,
      reason:
        "ONNX Runtime is not there (\(problems.first ?? "")): scripts/install-onnxruntime brings it, "
        + "or \(variable) says where it is")
  }

  /// What is said, else the cache that the script fills, else the system's.
  private static var places: [String] {
    if let path = ProcessInfo.processInfo.environment[variable], !path.isEmpty { return [path] }
    #if os(macOS)
      let name = "libonnxruntime.dylib"
    #else
      let name = "libonnxruntime.so.1"
    #endif
    return [CacheFolder.path.map { "\($0)/onnxruntime/\(name)" }, name].compactMap(\.self)
  }
}

/// What ONNX Runtime refuses, or that it is not there.
public struct GraphRuntimeError: ClassifiedError {
  public let kind: FailureKind
  public let reason: String

  init(kind: FailureKind = .badInput, reason: String) {
    self.kind = kind
    self.reason = reason
  }

  public var description: String { "cannot run the graph: \(reason)" }
}

extension ort_api {
  /// Throws what a call says went wrong.
  func check(_ status: OpaquePointer?) throws {
    guard let status else { return }
    defer { release_status(status) }
    throw GraphRuntimeError(reason: String(cString: error_message(status)))
  }
}
