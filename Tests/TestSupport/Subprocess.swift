import Foundation

/// A program run to its end, for tests that check our output with other people's tools.
public enum Subprocess {
  public struct Outcome: Sendable {
    public var status: Int32
    public var output: String
    public var errors: String
  }

  /// The path of `program` in the search path; `nil` where it is not installed.
  public static func path(_ program: String) -> String? {
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    return folders.lazy.map { "\($0)/\(program)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// Runs `program`, a path or a name in the search path.
  public static func run(
    _ program: String, _ arguments: [String], in folder: String? = nil
  ) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(
      filePath: program.contains("/") ? program : path(program) ?? program)
    process.arguments = arguments
    if let folder { process.currentDirectoryURL = URL(filePath: folder) }
    // Files rather than pipes: neither stream can fill up while the other is read.
    let folder = TemporaryFolder()
    let streams = try ["output", "errors"].map { name in
      folder.write([], to: name)
      return try FileHandle(forWritingTo: URL(filePath: folder(name)))
    }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = streams[0]
    process.standardError = streams[1]
    try process.run()
    process.waitUntilExit()
    let texts = try ["output", "errors"].map { name in
      String(decoding: try Data(contentsOf: URL(filePath: folder(name))), as: UTF8.self)
    }
    return Outcome(status: process.terminationStatus, output: texts[0], errors: texts[1])
  }
}
