import CollapseCore
import FeatureStore
import Foundation
import TestSupport
import Testing

/// Named test sets, and features by the moments of batches, from the command line.
@Suite struct TestSetCommandTests {
  let folder = TemporaryFolder()

  private func train(_ arguments: [String]) throws -> CollapseCommand.Result {
    try CollapseCommand.run(
      ["train", "data/sample/idx", folder("run"), "--per-class", "8", "--widths", "8"] + arguments)
  }

  /// Sets by name are tested on, kept for a resumption, and refused where they cannot be read as such.
  @Test func namedTestSets() throws {
    let set = ["--test-set", "drawn=data/sample/png"]
    let result = try train(["--epochs", "1", "--threads", "1"] + set)
    #expect(result.exitCode == 0, "\(result.errors)")
    let more = try CollapseCommand.run(
      ["train", "data/sample/idx", folder("run"), "--resume", "--set", "training.epochs=2"])
    #expect(more.exitCode == 0, "\(more.errors)")
    let metrics = try String(contentsOfFile: folder("run/metrics.csv"), encoding: .utf8)
      .split(separator: "\n")
    #expect(metrics.count == 3 && metrics[0].hasSuffix(",loss_drawn,accuracy_drawn"))
    #expect(metrics.allSatisfy { !$0.hasSuffix(",") })
    for (text, problem) in [
      ("drawn", "--test-set takes a name and data, 'name=data', found 'drawn'"),
      ("test=data/sample/png", "'test' is the name of a split"),
      ("1st=data/sample/png", "expected a letter, then letters, digits and _, found '1st'"),
    ] {
      let refused = try CollapseCommand.run(
        ["train", "data/sample/idx", folder("other"), "--test-set", text])
      #expect(refused.exitCode == 64 && refused.errors.contains(problem), "\(refused.errors)")
    }
  }

  /// Features as training sees them, from the command line.
  @Test func featuresByTheMomentsOfBatches() throws {
    #expect(try train(["--epochs", "1", "--batch-size", "20", "--threads", "1"]).exitCode == 0)
    func extract(_ arguments: [String]) throws -> CollapseCommand.Result {
      try CollapseCommand.run(
        ["extract", folder("run/checkpoints/epoch-00001.h5"), "data/sample/idx", folder("f.h5")]
          + arguments)
    }
    #expect(try extract(["--statistics", "batch"]).exitCode == 0)
    #expect(try FeatureSet(folder("f.h5")).metadata.statistics == "batches of 20")
    #expect(try extract(["--statistics", "batch", "--batch-size", "16"]).exitCode == 0)
    #expect(try FeatureSet(folder("f.h5")).metadata.statistics == "batches of 16")
    let refused = try extract(["--batch-size", "16"])
    #expect(
      refused.exitCode == 64
        && refused.errors.contains("--batch-size goes with --statistics batch"))
  }
}
