public import CollapseCore
import Foundation

/// The batch system of a cluster, through its own commands.
public struct Slurm: Sendable {
  /// The folder of `sbatch`, `squeue`, `scontrol` and `scancel`.
  private let folder: String

  /// Where its commands are in the search path; `nil` where they are not.
  public static var installed: Slurm? {
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    return folders.first { FileManager.default.isExecutableFile(atPath: "\($0)/sbatch") }
      .map { Slurm(folder: String($0)) }
  }

  /// The job that this process is a part of, as the queue calls it: `12`, `12_3` of an array.
  public static var thisJob: String? {
    let environment = ProcessInfo.processInfo.environment
    func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    if let array = value("SLURM_ARRAY_JOB_ID"), let task = value("SLURM_ARRAY_TASK_ID") {
      return "\(array)_\(task)"
    }
    return value("SLURM_JOB_ID")
  }

  /// - Throws: ``SlurmError`` where there is none, saying what to do.
  public static func find() throws -> Slurm {
    guard let installed else {
      throw SlurmError(
        kind: .missingInput,
        description:
          "no 'sbatch' on the PATH: this is no machine of a Slurm cluster from which jobs "
          + "are submitted. Log in to one, or run the study here without --on slurm")
    }
    return installed
  }

  /// The version, as Slurm says it: `slurm-wlm 22.05.8`.
  public func version() throws -> String { try run("sbatch", ["--version"]) }

  /// The name of the cluster, and how many tasks an array may have.
  func limits() throws -> (cluster: String?, arraySize: Int) {
    let text = try run("scontrol", ["show", "config"])
    func value(_ key: String) -> String? {
      text.split(separator: "\n").first { $0.hasPrefix(key) }?
        .split(separator: "=").last?.trimmingCharacters(in: .whitespaces)
    }
    return (value("ClusterName"), value("MaxArraySize").flatMap { Int($0) } ?? 1001)
  }

  /// The name of the cluster whose controller answers.
  public func cluster() throws -> String { try limits().cluster ?? "unnamed" }

  /// Submits a script.
  ///
  /// - Returns: the number of the job.
  func submit(_ script: String, _ options: [String]) throws -> String {
    let text = try run("sbatch", ["--parsable"] + options + [script])
    // Of several clusters one is named behind the number.
    return text.split(separator: ";").first.map(String.init) ?? text
  }

  func cancel(_ jobs: [String]) throws {
    // What has ended meanwhile needs no cancelling.
    if !jobs.isEmpty { _ = try run("scancel", ["--quiet"] + jobs) }
  }

  /// What a command says; without the newline at its end.
  func run(_ command: String, _ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "\(folder)/\(command)")
    process.arguments = arguments
    let (output, messages) = (Pipe(), Pipe())
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = messages
    do {
      try process.run()
    } catch {
      throw SlurmError(
        kind: .missingInput, description: "'\(folder)/\(command)' could not be started: \(error)")
    }
    // What they say of errors is short and waits in its pipe.
    let said = output.fileHandleForReading.readDataToEndOfFile()
    let errors = String(
      decoding: messages.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self
    )
    .split(whereSeparator: \.isNewline).joined(separator: "; ")
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      let isAway =
        errors.contains("contact slurm controller") || errors.contains("Unable to contact")
      throw SlurmError(
        kind: isAway ? .missingInput : .usage,
        description: errors.isEmpty
          ? "\(command) ended with code \(process.terminationStatus)"
          : errors.hasPrefix(command) ? errors : "\(command): \(errors)")
    }
    return String(decoding: said, as: UTF8.self).trimmingCharacters(in: .newlines)
  }
}

/// What the batch system refuses, in its own words, or why it cannot be asked.
public struct SlurmError: ClassifiedError, Hashable {
  public let kind: FailureKind
  public let description: String
}
