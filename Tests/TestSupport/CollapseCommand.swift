public import CollapseCore
import Foundation

/// The built command, run as a user runs it.
public struct CollapseCommand: Sendable {
  public struct Result: Sendable {
    public let exitCode: Int32
    /// Whether a signal ended it that it did not hear: then `exitCode` is the signal.
    public let isCutOff: Bool
    public let output: String
    public let errors: String
  }

  /// The executable beside the test bundle.
  public static let path: String = {
    var folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    while folder.path != "/" {
      let candidate = folder.appending(path: "collapse").path
      if FileManager.default.isExecutableFile(atPath: candidate), !isFolder(candidate) {
        return candidate
      }
      folder.deleteLastPathComponent()
    }
    return "collapse"
  }()

  /// The project's root.
  public static let projectRoot: String = {
    var url = URL(filePath: #filePath)
    for _ in 0..<3 { url.deleteLastPathComponent() }
    return url.path
  }()

  /// Runs the command to its end.
  public static func run(
    _ arguments: [String], in folder: String? = nil, environment: [String: String] = [:]
  ) throws -> Result {
    try start(arguments, in: folder, environment: environment).finish()
  }

  /// Runs text as a user types it into a shell that finds the command.
  ///
  /// - Parameter environment: variables beside those of this process.
  public static func shell(
    _ text: String, in folder: String, environment: [String: String] = [:]
  ) throws -> Subprocess.Outcome {
    let program = URL(filePath: path).deletingLastPathComponent().path
    let others = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return try Subprocess.run(
      "env",
      environment.map { "\($0)=\($1)" } + [
        "PATH=\(program):\(others)", "bash", "-euo", "pipefail", "-c", text,
      ], in: folder)
  }

  /// Starts the command and returns at once.
  ///
  /// - Parameter environment: variables beside those of this process.
  public static func start(
    _ arguments: [String], in folder: String? = nil, environment: [String: String] = [:]
  ) throws -> Running {
    try Running(arguments, in: folder ?? projectRoot, environment)
  }

  /// Begins a training, or goes on with one that was begun, and stops it each time after a number of
  /// steps drawn from `steps`, until it ends by itself.
  ///
  /// - Returns: how often it was stopped, and how it ended.
  public static func runStopping(
    _ arguments: [String], isBegun: Bool = false, after steps: Range<Int>,
    using generator: inout SeededGenerator
  ) throws -> (stops: Int, last: Result) {
    var stops = 0
    while true {
      let result = try run(
        arguments + (isBegun || stops > 0 ? ["--resume"] : []) + [
          "--stop-after", "\(Int.random(in: steps, using: &generator))",
        ])
      guard result.exitCode == 130, stops < 1000 else { return (stops, result) }
      stops += 1
    }
  }

  /// Waits until `happened`, or until the command has ended.
  ///
  /// - Returns: whether it happened while the command ran.
  public static func wait(for running: Running, until happened: () -> Bool) -> Bool {
    while running.isRunning {
      if happened() { return true }
      Thread.sleep(forTimeInterval: 0.001)
    }
    return false
  }

  /// A command under way.
  public final class Running: @unchecked Sendable {
    private let process = Process()
    private let outputFile = FileManager.default.temporaryDirectory
      .appending(path: "collapse-out-\(UUID().uuidString)")
    private let errorFile = FileManager.default.temporaryDirectory
      .appending(path: "collapse-err-\(UUID().uuidString)")

    fileprivate init(
      _ arguments: [String], in folder: String, _ environment: [String: String]
    ) throws {
      // Files rather than pipes: a full pipe would stop the command.
      for file in [outputFile, errorFile] {
        _ = FileManager.default.createFile(atPath: file.path, contents: nil)
      }
      process.executableURL = URL(filePath: CollapseCommand.path)
      process.arguments = arguments
      process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
      process.currentDirectoryURL = URL(filePath: folder)
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = try FileHandle(forWritingTo: outputFile)
      process.standardError = try FileHandle(forWritingTo: errorFile)
      try process.run()
    }

    public var isRunning: Bool { process.isRunning }

    /// What it has said on standard error so far.
    public var errorsSoFar: String {
      String(decoding: (try? Data(contentsOf: errorFile)) ?? Data(), as: UTF8.self)
    }

    /// Ends the process as a power cut would.
    public func kill() {
      Foundation.kill(process.processIdentifier, SIGKILL)
    }

    /// Asks the process to stop.
    public func interrupt() { send(SIGINT) }

    public func send(_ signal: Int32) {
      Foundation.kill(process.processIdentifier, signal)
    }

    /// Waits for the end.
    @discardableResult
    public func finish() -> Result {
      process.waitUntilExit()
      defer {
        for file in [outputFile, errorFile] { try? FileManager.default.removeItem(at: file) }
      }
      func text(_ file: URL) -> String {
        String(decoding: (try? Data(contentsOf: file)) ?? Data(), as: UTF8.self)
      }
      return Result(
        exitCode: process.terminationStatus,
        isCutOff: process.terminationReason == .uncaughtSignal, output: text(outputFile),
        errors: text(errorFile))
    }
  }

  private static func isFolder(_ path: String) -> Bool {
    var isDirectory: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
      && isDirectory.boolValue
  }
}
