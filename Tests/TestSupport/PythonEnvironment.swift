import Foundation
import Synchronization

/// A Python with packages from pip, in a scratch folder of the project, for tests against other
/// people's readers and writers.
///
/// The first test that asks makes the environment (`python3 -m venv`, then pip); it is kept under
/// `.scratch/` and used again. Where that cannot be done, ``python`` is `nil` and ``problem`` says
/// why: such tests skip themselves with
/// ```swift
/// .enabled("needs Python with h5py", { PythonEnvironment.with(["h5py"]).isAvailable })
/// ```
public struct PythonEnvironment: Sendable {
  /// The path of the interpreter.
  public let python: String?
  /// Why there is none.
  public let problem: String

  public var isAvailable: Bool { python != nil }

  /// The environment that has `packages`, given as pip takes them: "h5py", "torch==2.13.0+cpu".
  public static func with(_ packages: [String]) -> PythonEnvironment {
    environments.withLock { environments in
      if let known = environments[packages] { return known }
      let made = make(packages)
      environments[packages] = made
      return made
    }
  }

  /// Runs `script` with `arguments` in `sys.argv[1:]` and returns what it prints.
  public func run(_ script: String, _ arguments: [String] = []) throws -> String {
    guard let python else { throw Failure(output: problem) }
    let (status, output) = try execute(python, ["-c", script] + arguments)
    guard status == 0 else { throw Failure(output: output) }
    return output
  }

  /// What a failed program printed.
  public struct Failure: Error, CustomStringConvertible {
    public let output: String
    public var description: String { output }
  }

  private static let environments = Mutex<[[String]: PythonEnvironment]>([:])

  private static func make(_ packages: [String]) -> PythonEnvironment {
    let name = "python-" + packages.joined(separator: "-")
    // …/Tests/TestSupport/PythonEnvironment.swift, three levels below the project's root
    var root = URL(filePath: #filePath)
    for _ in 0..<3 { root.deleteLastPathComponent() }
    let scratch = root.appending(path: ".scratch")
    let folder = scratch.appending(path: name).path
    let (python, marker) = (folder + "/bin/python", folder + "/complete")
    do {
      try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
      // Test processes may run side by side; the lock goes with the descriptor.
      let lock = open(folder + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
      defer { close(lock) }
      flock(lock, LOCK_EX)
      if !FileManager.default.fileExists(atPath: marker) {
        try? FileManager.default.removeItem(atPath: folder)
        for (program, arguments) in [
          ("/usr/bin/env", ["python3", "-m", "venv", folder]),
          (python, ["-m", "pip", "install", "--quiet", "--retries", "1"] + packages),
        ] {
          let (status, output) = try execute(program, arguments)
          guard status == 0 else { throw Failure(output: output) }
        }
        try Data().write(to: URL(filePath: marker))
      }
      return PythonEnvironment(python: python, problem: "")
    } catch {
      return PythonEnvironment(python: nil, problem: "\(error)")
    }
  }
}

/// Runs a program; its two outputs come as one.
private func execute(_ program: String, _ arguments: [String]) throws -> (Int32, String) {
  let process = Process()
  process.executableURL = URL(filePath: program)
  process.arguments = arguments
  let pipe = Pipe()
  process.standardOutput = pipe
  process.standardError = pipe
  try process.run()
  let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
  process.waitUntilExit()
  return (process.terminationStatus, String(decoding: output, as: UTF8.self))
}
