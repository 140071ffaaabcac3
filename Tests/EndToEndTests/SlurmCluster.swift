import Foundation
import TestSupport

/// A Slurm of a test's own, as long as the value lives: `scripts/with-slurm`.
final class SlurmCluster {
  /// Whether this machine can have one: its daemons are there, and who asks may start them.
  static let isPossible: Bool =
    getuid() == 0
    && ["munged", "slurmctld", "slurmd", "sbatch"].allSatisfy { name in
      Subprocess.path(name) != nil
        || FileManager.default.isExecutableFile(atPath: "/usr/sbin/\(name)")
    }
  static let need = "needs root and Slurm"

  /// What the commands of Slurm, and those that call them, are told.
  let environment: [String: String]
  private let folder = TemporaryFolder()
  private let process = Process()
  private let input = Pipe()

  init(nodes: Int, processors: Int = 1, settings: [String] = []) throws {
    environment = [
      "SLURM_CONF": folder("cluster/slurm.conf"), "SLURM_NODE": folder("cluster/node"),
      // Nothing of another cluster that the tests may run in.
      "SLURM_JOB_ID": "", "SLURM_ARRAY_JOB_ID": "", "SLURM_ARRAY_TASK_ID": "",
    ]
    process.executableURL = URL(filePath: CollapseCommand.projectRoot + "/scripts/with-slurm")
    process.arguments =
      ["-n", "\(nodes)", "-c", "\(processors)", "-d", folder("cluster")]
      + settings.flatMap { ["-o", $0] } + ["sh", "-c", "touch '\(folder("ready"))'; exec cat"]
    process.standardInput = input
    try process.run()
    while process.isRunning, !FileManager.default.fileExists(atPath: folder("ready")) {
      Thread.sleep(forTimeInterval: 0.02)
    }
  }

  deinit {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  var isRunning: Bool { process.isRunning }

  /// Lets a node die.
  func kill(node: String) throws { _ = try run(folder("cluster/node"), ["kill", node]) }

  /// What a command of Slurm says.
  @discardableResult
  func run(_ program: String, _ arguments: [String]) throws -> String {
    let assignments = environment.map { "\($0)=\($1)" }
    return try Subprocess.run("env", assignments + [program] + arguments).output
  }

  /// What is left in the queue.
  var queue: [String] {
    get throws {
      try run("squeue", ["--noheader", "--array", "--format=%i %T %N"]).split(separator: "\n")
        .map { $0.trimmingCharacters(in: .whitespaces) }
    }
  }

  /// Waits until nothing is.
  func drain() throws {
    while try !queue.isEmpty { Thread.sleep(forTimeInterval: 0.1) }
  }
}
