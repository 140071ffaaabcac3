import CollapseCore
import FeatureStore
import Foundation
import TestSupport
import Testing

/// Killing the command at any moment leaves every file whole or absent.
@Suite(.serialized) struct KillTests {
  let folder = TemporaryFolder()

  /// As often as this each command is killed, at moments drawn from this seed.
  private static let kills = 25
  private static let seed: UInt64 = 7

  @Test func killedTrainingLeavesWholeCheckpoints() throws {
    let arguments = [
      "train", "data/sample/idx", folder("run"), "--widths", "16", "--epochs", "4000",
      "--set", "training.checkpoints.everyEpochs=1", "--resume", "--quiet",
    ]
    // Moments are drawn in units of the time to the first checkpoint, which depends on the machine.
    let start = ContinuousClock.now
    let first = try CollapseCommand.start(arguments)
    while first.isRunning, files(in: "run/checkpoints").isEmpty {
      Thread.sleep(forTimeInterval: 0.002)
    }
    let unit = (ContinuousClock.now - start) / .seconds(1)
    first.kill()
    first.finish()
    try #require(!files(in: "run/checkpoints").isEmpty)
    var generator = SeededGenerator(seed: KillTests.seed, stream: "train")
    var killed = 0
    for _ in 0..<KillTests.kills {
      killed += try kill(arguments, after: unit * generator.uniform(0.1..<2)) ? 1 : 0
      for path in files(in: "run/checkpoints") {
        #expect(throws: Never.self, "\(path)") { try CheckpointFile.read(path) }
      }
      if let metrics = try? String(contentsOfFile: folder("run/metrics.csv"), encoding: .utf8) {
        #expect(metrics.hasSuffix("\n"))
      }
    }
    #expect(killed > KillTests.kills / 2)
  }

  @Test func killedExtractionLeavesAWholeFileOrNone() throws {
    let trained = try CollapseCommand.run([
      "train", "data/sample/idx", folder("run"), "--widths", "64", "--epochs", "1", "--quiet",
    ])
    try #require(trained.exitCode == 0, "\(trained.errors)")
    let arguments = [
      "extract", folder("run/checkpoints/epoch-00001.h5"), "data/sample/idx", folder("out/f.h5"),
      "--quiet",
    ]
    try FileManager.default.createDirectory(
      atPath: folder("out"), withIntermediateDirectories: true)
    var generator = SeededGenerator(seed: KillTests.seed, stream: "extract")
    for _ in 0..<KillTests.kills {
      _ = try kill(arguments, after: generator.uniform(0.005..<0.25))
      for path in files(in: "out") {
        #expect(throws: Never.self, "\(path)") { try FeatureFile(path) }
      }
    }
  }

  @Test(arguments: [SIGINT, SIGTERM]) func interruptedConversionLeavesNothing(
    _ signal: Int32
  ) throws {
    let out = TemporaryFolder()
    let running = try CollapseCommand.start([
      "synthesize", "glyphs", out("digits"), "--to", "png", "--set", "trainPerClass=4000",
    ])
    while running.isRunning, out.names.isEmpty { Thread.sleep(forTimeInterval: 0.002) }
    running.send(signal)
    let result = running.finish()
    #expect(result.exitCode == 130, "\(result.errors)")
    #expect(result.errors.hasSuffix("\nstopped; nothing was written\n"), "\(result.errors)")
    #expect(out.names == [])
  }

  @Test func interruptedTrainingResumesToTheSameBits() throws {
    func arguments(_ name: String) -> [String] {
      [
        "train", "data/sample/idx", folder(name), "--widths", "32", "--epochs", "60",
        "--threads", "1", "--seed", "3", "--resume", "--quiet",
      ]
    }
    let whole = try CollapseCommand.run(arguments("whole"))
    try #require(whole.exitCode == 0, "\(whole.errors)")
    var generator = SeededGenerator(seed: KillTests.seed, stream: "resume")
    let (interruptions, last) = try CollapseCommand.run(
      arguments("parts"), signalledBy: SIGINT, after: 0.1..<0.4, using: &generator)
    #expect(last.exitCode == 0, "\(last.errors)")
    #expect(interruptions > 0)
    let one = try CheckpointFile.read(folder("whole/checkpoints/epoch-00060.h5"))
    let two = try CheckpointFile.read(folder("parts/checkpoints/epoch-00060.h5"))
    #expect(one.names == two.names)
    for name in one.names { #expect(one[name] == two[name], "\(name)") }
  }

  /// Runs the command and kills it after so many seconds.
  ///
  /// - Returns: whether it was still running then.
  private func kill(_ arguments: [String], after seconds: Double) throws -> Bool {
    let running = try CollapseCommand.start(arguments)
    Thread.sleep(forTimeInterval: seconds)
    let wasRunning = running.isRunning
    running.kill()
    running.finish()
    return wasRunning
  }

  /// The files under their final names.
  private func files(in name: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder(name))) ?? []
    return names.filter { $0.hasSuffix(".h5") }.map { "\(folder(name))/\($0)" }
  }
}
