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
    // It never ends by itself, so that every kill lands, however fast the machine.
    let arguments = [
      "train", "data/sample/idx", folder("run"), "--widths", "16", "--epochs", "1000000",
      "--set", "training.checkpoints.everyEpochs=1", "--quiet",
    ]
    var generator = SeededGenerator(seed: KillTests.seed, stream: "train")
    for _ in 0..<KillTests.kills {
      let wanted = files(in: "run/checkpoints").count + Int.random(in: 0..<4, using: &generator)
      let isBegun = FileManager.default.fileExists(atPath: folder("run/configuration.yaml"))
      let running = try CollapseCommand.start(arguments + (isBegun ? ["--resume"] : []))
      let wasRunning = CollapseCommand.wait(for: running) {
        files(in: "run/checkpoints").count >= wanted
      }
      try #require(wasRunning)
      try kill(running, within: 0.02, &generator)
      for path in files(in: "run/checkpoints") {
        #expect(throws: Never.self, "\(path)") { try CheckpointFile.read(path) }
      }
      if let metrics = try? String(contentsOfFile: folder("run/metrics.csv"), encoding: .utf8) {
        #expect(metrics.hasSuffix("\n"))
      }
    }
    #expect(!files(in: "run/checkpoints").isEmpty)
  }

  @Test func killedExtractionLeavesAWholeFileOrNone() throws {
    let trained = try CollapseCommand.run([
      "train", "data/sample/idx", folder("run"), "--widths", "64", "--epochs", "1", "--quiet",
    ])
    try #require(trained.exitCode == 0, "\(trained.errors)")
    let made = try CollapseCommand.run([
      "synthesize", "glyphs", folder("glyphs"), "--to", "idx", "--set", "trainPerClass=2000",
      "--quiet",
    ])
    try #require(made.exitCode == 0, "\(made.errors)")
    let arguments = [
      "extract", folder("run/checkpoints/epoch-00001.h5"), folder("glyphs"), folder("out/f.h5"),
      "--quiet",
    ]
    try FileManager.default.createDirectory(
      atPath: folder("out"), withIntermediateDirectories: true)
    var generator = SeededGenerator(seed: KillTests.seed, stream: "extract")
    var killedWhileWriting = 0
    for _ in 0..<KillTests.kills {
      let running = try CollapseCommand.start(arguments)
      let isWriting = CollapseCommand.wait(for: running) { !names(in: "out").isEmpty }
      try kill(running, within: 0.02, &generator)
      let written = files(in: "out")
      if isWriting && written.isEmpty { killedWhileWriting += 1 }
      for path in written {
        #expect(throws: Never.self, "\(path)") { try FeatureSet(path) }
      }
      for name in names(in: "out") {
        try FileManager.default.removeItem(atPath: folder("out/\(name)"))
      }
    }
    #expect(killedWhileWriting > 0)
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

  /// Drawing, which may take hours, is not gone on with: nothing is lost with it.
  @Test(arguments: [SIGINT, SIGTERM]) func interruptedDrawingEndsAtOnce(_ signal: Int32) throws {
    let out = TemporaryFolder()
    let running = try CollapseCommand.start([
      "synthesize", "glyphs", out("digits"), "--to", "png", "--set", "trainPerClass=100000",
    ])
    let isDrawing = CollapseCommand.wait(for: running) {
      running.errorsSoFar.contains("drawing the samples of glyphs")
    }
    try #require(isDrawing)
    running.send(signal)
    let result = running.finish()
    #expect(result.exitCode == 130)
    #expect(
      result.errors == "drawing the samples of glyphs\nstopped; nothing was written\n",
      "\(result.errors)")
    #expect(out.names == [])
  }

  @Test func stoppedTrainingResumesToTheSameBits() throws {
    func arguments(_ name: String) -> [String] {
      [
        "train", "data/sample/idx", folder(name), "--widths", "32", "--epochs", "60",
        "--threads", "1", "--seed", "3", "--quiet",
      ]
    }
    let whole = try CollapseCommand.run(arguments("whole"))
    try #require(whole.exitCode == 0, "\(whole.errors)")
    var generator = SeededGenerator(seed: KillTests.seed, stream: "resume")
    let (stops, last) = try CollapseCommand.runStopping(
      arguments("parts"), after: 1..<80, using: &generator)
    #expect(last.exitCode == 0, "\(last.errors)")
    #expect(stops > 3)
    let one = try CheckpointFile.read(folder("whole/checkpoints/epoch-00060.h5"))
    let two = try CheckpointFile.read(folder("parts/checkpoints/epoch-00060.h5"))
    #expect(one.names == two.names)
    for name in one.names { #expect(one[name] == two[name], "\(name)") }
  }

  /// Kills the command at a moment within so many seconds from now.
  private func kill(
    _ running: CollapseCommand.Running, within seconds: Double, _ generator: inout SeededGenerator
  ) throws {
    Thread.sleep(forTimeInterval: generator.uniform(0..<seconds))
    running.kill()
    running.finish()
  }

  private func names(in name: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder(name))) ?? []
  }

  /// The files under their final names.
  private func files(in name: String) -> [String] {
    names(in: name).filter { $0.hasSuffix(".h5") && !$0.hasPrefix(".") }
      .map { "\(folder(name))/\($0)" }
  }
}
