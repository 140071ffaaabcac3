import Foundation
import TestSupport
import Testing

/// Checking pipelines without running them, by the command and by editors.
@Suite struct ValidateTests {
  let folder = TemporaryFolder()

  private struct Validation: Decodable {
    struct Run: Decodable {
      let name: String
      let gridValues: [String: String]
      let due: [String]?
    }
    struct Problem: Decodable {
      let kind: String
      let message: String
      let runs: [String]
    }
    let name: String?
    let profiles: [String]
    let runs: [Run]
    let problems: [Problem]
  }

  private func validate(
    _ yaml: String, _ arguments: [String] = []
  ) throws -> (exitCode: Int32, validation: Validation) {
    let file = folder.write(Array(yaml.utf8), to: "p.yaml")
    let result = try CollapseCommand.run(
      ["validate", file, "--json", "--runs", folder("runs")] + arguments)
    return (
      result.exitCode, try JSONDecoder().decode(Validation.self, from: Data(result.output.utf8))
    )
  }

  private static let sample = """
    name: p
    dataset: { train: { path: data/sample/idx }, test: { path: data/sample/png } }
    network: { kind: mlp, widths: [16] }
    training: { epochs: 2 }

    """

  /// Every committed pipeline, by its path from the root.
  static let pipelines: [String] = {
    let root = CollapseCommand.projectRoot + "/pipelines"
    let names = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
    return names.filter { $0.hasSuffix(".yaml") }.sorted().map { "pipelines/\($0)" }
  }()

  @Test func theGridIsListedAndNothingWritten() throws {
    let (code, found) = try validate(
      ValidateTests.sample + "grid: { training.seed: [1, 2, 3] }\nprofiles: { quick: {} }")
    #expect(code == 0)
    #expect(found.name == "p")
    #expect(found.profiles == ["quick"])
    #expect(found.runs.map(\.gridValues) == ["1", "2", "3"].map { ["training.seed": $0] })
    #expect(found.runs.allSatisfy { $0.due == ["train", "extract", "analyze"] })
    #expect(found.problems.isEmpty)
    #expect(!FileManager.default.fileExists(atPath: folder("runs")))
  }

  @Test func missingDataSaysWhichCommandFetchesIt() throws {
    let (code, found) = try validate(
      """
      name: p
      dataset: { name: kmnist }
      network: { kind: mlp, widths: [16] }
      grid: { training.seed: [1, 2] }
      """, ["--data-folder", folder("none")])
    #expect(code == 66)
    #expect(
      found.problems.map(\.message) == [
        "\(folder("none"))/kmnist: the data set is not here: run 'collapse fetch kmnist'"
      ])
    #expect(found.problems.first?.runs.count == 2)
  }

  @Test func aNetworkThatCannotTakeTheSamplesIsFoundBeforeItTrains() throws {
    let (code, found) = try validate(
      ValidateTests.sample.replacing("widths: [16]", with: "classifierBias: true")
        + "grid: { network.kind: [convnet, vgg11] }")
    #expect(code == 64)
    #expect(found.problems.count == 1)
    let message = found.problems.first?.message ?? ""
    let start = "\(folder("p.yaml")):5:33: cannot build network 'vgg11' on images of 28×28: "
    #expect(message.hasPrefix(start), "\(message)")
    #expect(found.problems.first?.runs == ["network.kind=vgg11"])
  }

  @Test func aDryRunFindsTheSameAndEndsWithTheSameCode() throws {
    let yaml =
      ValidateTests.sample.replacing("kind: mlp, widths: [16]", with: "kind: vgg11")
      + "grid: { training.seed: [1] }"
    let file = folder.write(Array(yaml.utf8), to: "p.yaml")
    let result = try CollapseCommand.run(["run", file, "--dry-run", "--runs", folder("runs")])
    #expect(result.exitCode == 64)
    #expect(
      result.output.contains(
        "problem: \(file):3:18: cannot build network 'vgg11' on images of 28×28: "),
      "\(result.output)")
    #expect(result.output.contains("\n1 run, "), "\(result.output)")
    #expect(!result.output.contains("disk: "))
    #expect(!FileManager.default.fileExists(atPath: folder("runs")))
  }

  /// What shows only with the data names its place too, and leaves nothing behind.
  @Test(arguments: [
    (
      "network: { kind: mlp, widths: [16] }", "network: { kind: vgg11 }", [], Int32(64),
      "p.yaml:3:18: cannot build network 'vgg11' on images of 28×28: it takes them from 32×32 on: "
        + "'dataset.shaping.padTo: 32' of a pipeline, or '--pad 32' of 'collapse train', puts zeros "
        + "around them"
    ),
    (
      "test: { path: data/sample/png }", "shaping: { perClass: 0 }", [], 64,
      "p.yaml:2:67: dataset.shaping.perClass: expected at least 1, found 0"
    ),
    (
      "test: { path: data/sample/png }", "shaping: { perClass: 99999 }", [], 65,
      "p.yaml:2:46: dataset.shaping, class '0': expected at least 99999 samples, found 200"
    ),
    (
      "test:", "test:", ["--set", "dataset.shaping.imbalance=0.5"], 64,
      "--set dataset.shaping.imbalance=0.5: dataset.shaping.imbalance: expected at least 1, found 0.5"
    ),
  ])
  func aRunOfWhatDoesNotFitIsRefusedBeforeItBegins(
    written: String, wrong: String, arguments: [String], code: Int32, message: String
  ) throws {
    let yaml = ValidateTests.sample.replacing(written, with: wrong)
    let file = folder.write(Array(yaml.utf8), to: "p.yaml")
    let result = try CollapseCommand.run(["run", file, "--runs", folder("runs")] + arguments)
    #expect(result.exitCode == code)
    let expected = message.hasPrefix("p.yaml") ? "\(folder(""))\(message)" : message
    #expect(result.errors == "error: \(expected)\n")
    #expect(!FileManager.default.fileExists(atPath: folder("runs")))
  }

  @Test func everyProfileIsChecked() throws {
    let (code, found) = try validate(
      ValidateTests.sample + "profiles:\n  quick: { training.epoch: 1 }\n  full: {}")
    #expect(code == 64)
    #expect(
      found.problems.map(\.message) == [
        "\(folder("p.yaml")):6:12: unknown key 'epoch' in training: did you mean 'epochs'?"
      ])
    #expect(found.problems.first?.runs == ["profile quick"])
  }

  @Test func aWrongFileIsOneMessage() throws {
    let file = folder.write(Array((ValidateTests.sample + "grid: 5").utf8), to: "p.yaml")
    let result = try CollapseCommand.run(["validate", file])
    #expect(result.exitCode == 64)
    #expect(
      result.output
        == """
        \(file): it cannot be expanded
        problem: \(file):5:7: grid: expected fields and lists of values, found '5'

        """)
  }

  /// The file, its profiles and its data are each looked at, whatever is wrong with the others.
  @Test func everythingWrongIsToldAtOnce() throws {
    let yaml = """
      name: p
      dataset: { name: kmnist }
      network: { kind: mlp, width: [16] }
      training: { epochs: many }
      profiles:
        quick: { training.epoch: 1 }
        other: { dataset.name: mnist }

      """
    let (code, found) = try validate(yaml, ["--data-folder", folder("none")])
    #expect(code == 64)
    #expect(found.name == nil && found.runs.isEmpty)
    #expect(found.profiles == ["quick", "other"])
    let file = folder("p.yaml")
    func missing(_ name: String) -> String {
      "\(folder("none"))/\(name): the data set is not here: run 'collapse fetch \(name)'"
    }
    #expect(
      found.problems.map { "\($0.runs.joined()) \($0.message)" } == [
        " \(file):3:23: unknown key 'width' in network: did you mean 'widths'?",
        " \(file):4:21: training.epochs: expected a whole number, found 'many'",
        " \(missing("kmnist"))",
        "profile quick \(file):6:12: unknown key 'epoch' in training: did you mean 'epochs'?",
        "profile other \(missing("mnist"))",
      ])
  }

  @Test(arguments: pipelines) func committedPipelinesAreRight(path: String) throws {
    let result = try CollapseCommand.run(["validate", path, "--json"])
    let found = try JSONDecoder().decode(Validation.self, from: Data(result.output.utf8))
    // Data that is not in the repository may be missing, nothing else may be wrong.
    #expect(found.problems.allSatisfy { $0.message.contains("run 'collapse fetch") }, "\(path)")
  }

  // MARK: - The schema

  @Test func theCommittedSchemaIsWhatTheTypesSay() throws {
    let result = try CollapseCommand.run(["validate", "--schema"])
    #expect(result.exitCode == 0, "\(result.errors)")
    let committed = try String(
      contentsOfFile: CollapseCommand.projectRoot + "/docs/pipeline.schema.json", encoding: .utf8)
    #expect(
      result.output == committed,
      "run: collapse validate --schema > docs/pipeline.schema.json")
  }

  private static let python = PythonEnvironment.with(["jsonschema", "ruamel.yaml"])

  private static let check = """
    import json, sys
    from jsonschema import Draft7Validator
    from ruamel.yaml import YAML
    schema = json.load(open(sys.argv[1]))
    Draft7Validator.check_schema(schema)
    errors = Draft7Validator(schema).iter_errors(YAML(typ='safe', pure=True).load(open(sys.argv[2])))
    print('; '.join(sorted('/'.join(map(str, e.path)) + ': ' + e.message for e in errors)), end='')
    """

  private func schemaErrors(of path: String) throws -> String {
    try ValidateTests.python.run(
      ValidateTests.check, [CollapseCommand.projectRoot + "/docs/pipeline.schema.json", path])
  }

  @Test(
    .enabled("needs Python with jsonschema and ruamel.yaml") { python.isAvailable },
    arguments: pipelines)
  func committedPipelinesSatisfyTheSchema(path: String) throws {
    #expect(try schemaErrors(of: "\(CollapseCommand.projectRoot)/\(path)") == "")
  }

  @Test(
    .enabled("needs Python with jsonschema and ruamel.yaml") { python.isAvailable },
    arguments: [
      ("trainng: {}", "'trainng' was unexpected"),
      ("training: { epoch: 3 }", "'epoch' was unexpected"),
      ("training: { epochs: three }", "'three' is not of type 'integer'"),
      ("training: { loss: { kind: crossEntropy, labelSmoothing: 0.1 } }", ""),
      ("training: { weightDecay: 5e-4, learningRate: { schedule: { kind: cosine } } }", ""),
      ("training: { optimizer: { kind: sdg } }", "is not valid under any of the given schemas"),
      ("measures: during-training", ""),
      ("measures: { when: during-training, epochs: { logarithmic: 5 } }", ""),
      ("features: { layers: first }", "'first' is not one of ['last', 'all']"),
      ("grid: { training.seed: 5 }", "5 is not of type 'array'"),
      ("grid: { training.seed: [1, two] }", "'two' is not of type 'integer'"),
      ("grid: { training.weightDecay: [0, { coefficient: 1e-3, mode: decoupled }] }", ""),
      ("profiles: { quick: { training.epochs: many } }", "'many' is not of type 'integer'"),
      ("profiles: { quick: { training.epochs: 5, grid.training.seed: [1] } }", ""),
    ])
  func theSchemaKnowsWhatIsRight(yaml: String, problem: String) throws {
    let path = folder.write(
      Array("name: a\ndataset: {name: mnist}\nnetwork: {kind: mlp}\n\(yaml)\n".utf8), to: "p.yaml")
    let errors = try schemaErrors(of: path)
    #expect(problem.isEmpty ? errors.isEmpty : errors.contains(problem), "\(errors)")
  }
}
