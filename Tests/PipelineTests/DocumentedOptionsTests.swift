import CollapseCore
import Foundation
import Networks
import Pipeline
import TestSupport
import Testing
import Training

/// What documents say of options is what the program does.
@Suite struct DocumentedOptionsTests {
  @Test func examplesOfTrainingAreUnderstood() throws {
    let path = CollapseCommand.projectRoot + "/docs/training.md"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let blocks = text.components(separatedBy: "```yaml\n").dropFirst().map {
      $0.components(separatedBy: "```")[0]
    }
    #expect(blocks.count == 4)
    for block in blocks {
      if block.contains("dataset:") {
        // A whole pipeline.
        let run = try #require(PipelineFile(yaml: block, file: "training.md").runs.first)
        _ = try run.configuration.network.architecture(input: [24], classes: 4)
        continue
      }
      let network = block.contains("network:") ? "" : "network: {kind: vgg11}\n"
      let yaml = "name: example\ndataset: {name: cifar-10}\n" + network + block
      let run = try #require(PipelineFile(yaml: yaml, file: "training.md").runs.first)
      _ = try run.configuration.network.architecture(input: [3, 32, 32], classes: 10)
    }
  }

  /// The examples of docs/pipelines.md: the blocks by themselves in a pipeline around them.
  @Test func examplesOfPipelinesAreUnderstood() throws {
    let path = CollapseCommand.projectRoot + "/docs/pipelines.md"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let blocks = text.components(separatedBy: "```yaml\n").dropFirst().map {
      $0.components(separatedBy: "```")[0]
    }
    #expect(blocks.count == 6)
    var examples: [String] = []
    for block in blocks {
      // Several ways to write a data set stand below each other.
      let parts = block.components(separatedBy: "dataset:").dropFirst().map { "dataset:" + $0 }
      examples += block.hasPrefix("dataset:") ? parts : [block]
    }
    #expect(examples.count == 9)
    for example in examples {
      var yaml = example
      if !yaml.hasPrefix("name:") { yaml = "name: example\n" + yaml }
      if !yaml.contains("dataset:") { yaml += "dataset: { name: mnist }\n" }
      if !yaml.contains("\nnetwork:") { yaml += "network: { kind: mlp, widths: [8] }\n" }
      let profile = yaml.contains("profiles:") ? "quick" : nil
      let file = try PipelineFile(yaml: yaml, file: "pipelines.md", profile: profile)
      #expect(!file.runs.isEmpty)
    }
  }

  @Test(arguments: ["training.md", "pipelines.md", "measures.md"])
  func tablesAreWhatTheDeclarationsSay(name: String) throws {
    let path = "\(CollapseCommand.projectRoot)/docs/\(name)"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(text.contains("<!-- fields of ") || text.contains("<!-- measures of "))
    #expect(try GeneratedTables.updating(text) == text, "run: make docs")
  }

  /// Every field has a sentence, and none says the same as another of its mapping.
  @Test func everyFieldIsDescribed() throws {
    let rows = try OptionTable(path: "").rows
    #expect(rows.count > 80)
    #expect(rows.filter { !$0.sentence.hasSuffix(".") }.map(\.name) == [])
  }

  @Test func aMistypedPathIsRefused() {
    let error = #expect(throws: ConfigurationError.self) { try OptionTable(path: "epochs") }
    #expect(error?.description == "epochs: there is no such field: did you mean 'training.epochs'?")
  }
}
