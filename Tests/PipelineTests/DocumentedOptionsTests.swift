import CollapseCore
import Foundation
import Networks
import Pipeline
import TestSupport
import Testing
import Training

/// The examples of docs/training.md are understood, and their networks can be built.
@Suite struct DocumentedOptionsTests {
  @Test func examplesOfTrainingAreUnderstood() throws {
    let path = CollapseCommand.projectRoot + "/docs/training.md"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let blocks = text.components(separatedBy: "```yaml\n").dropFirst().map {
      $0.components(separatedBy: "```")[0]
    }
    #expect(blocks.count == 3)
    for block in blocks {
      let network = block.contains("network:") ? "" : "network: {kind: vgg11}\n"
      let yaml = "name: example\ndataset: {name: cifar-10}\n" + network + block
      let run = try #require(PipelineFile(yaml: yaml, file: "training.md").runs.first)
      _ = try run.configuration.network.architecture(input: [3, 32, 32], classes: 10)
    }
  }
}
