import Files
import Foundation
import TestSupport
import Testing

/// What the README and the guide show at a terminal is run as it stands, on small data under the
/// names that the pages use.
@Suite(.serialized) struct GuideTests {
  private let folder = TemporaryFolder()

  @Test(arguments: [
    "README.md", "docs/data-sets.md", "docs/training.md", "docs/pipelines.md", "docs/curvature.md",
  ])
  func everyBlockRuns(page: String) throws {
    try prepare()
    let text = try String(
      contentsOfFile: CollapseCommand.projectRoot + "/" + page, encoding: .utf8)
    let blocks = text.components(separatedBy: "```sh\n").dropFirst().map {
      $0.components(separatedBy: "```")[0]
    }
    // Checkpoints of other frameworks have a page, and a test, of their own.
    let own = blocks.filter { !$0.contains("model.pt") }
    #expect(!own.isEmpty)
    for block in own {
      let outcome = try CollapseCommand.shell(
        block, in: folder.path, environment: ["COLLAPSE_DATA": folder("sets")])
      #expect(outcome.status == 0, "\(page):\n\(block)\(outcome.errors)")
    }
  }

  /// Data sets under the names of real ones, feature files of two splits, and a study.
  private func prepare() throws {
    let sample = CollapseCommand.projectRoot + "/data/sample"
    let files = FileManager.default
    try files.createDirectory(atPath: folder("sets/mnist"), withIntermediateDirectories: true)
    for name in ["images-idx3-ubyte.gz", "labels-idx1-ubyte.gz"] {
      for split in ["train", "t10k"] {
        try files.createSymbolicLink(
          atPath: folder("sets/mnist/\(split)-\(name)"),
          withDestinationPath: "\(sample)/idx/train-\(name)")
      }
    }
    let features = SmallFeatures(labels: (0..<300).map { Int32($0 % 3) })
    for split in ["train", "test"] { try features.write(folder("\(split).h5"), rows: 0..<300) }
    folder.write(
      Array(
        """
        name: study
        dataset: { train: { path: \(sample)/idx }, shaping: { perClass: 10 } }
        network: { kind: mlp, widths: [8] }
        training: { epochs: 2, batchSize: 50 }
        features: { splits: [train] }
        grid: { training.weightDecay: [0, 1e-3] }
        """.utf8), to: "study.yaml")
    let images = (0..<40).map { index in
      [UInt8(index % 10)] + [UInt8](repeating: UInt8(index), count: 3072)
    }
    for name in ["data_batch_1", "test_batch"] {
      folder.write(images.flatMap { $0 }, to: "sets/cifar-10/\(name).bin")
    }
  }
}
