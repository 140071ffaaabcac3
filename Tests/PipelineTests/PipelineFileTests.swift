import CollapseCore
import Datasets
import Networks
import Pipeline
import Testing
import Training

/// A grid of two by two with two profiles.
private let study = """
  name: study
  title: A study
  dataset: { name: mnist }
  network: { kind: mlp, widths: [16] }
  training: { epochs: 200 }
  grid:
    training.weightDecay: [0, 1e-3]
    training.seed: [1, 2]
  profiles:
    quick:
      training.epochs: 20
      training.checkpoints: { logarithmic: 4 }
      grid.training.seed: [7]
    plain:
      training.weightDecay: 0
      grid: { network.batchNormalization: [none, all] }
    full:

  """

@Suite struct PipelineFileTests {
  private func read(
    profile: String? = nil, _ overrides: [String] = []
  ) throws -> PipelineFile {
    try PipelineFile(yaml: study, file: "f.yaml", profile: profile, overrides: overrides)
  }

  /// However a number is written, runs are named with one spelling of it, and a word stays a word.
  @Test(arguments: [
    ("training.weightDecay", "0.00005", "5e-5"), ("training.weightDecay", "5.0e-05", "5e-5"),
    ("training.weightDecay", "0.005", "5e-3"),
    ("training.seed", "18446744073709551615", "18446744073709551615"),
    ("network.widths", "[16, 32]", "[16, 32]"),
    (
      "training.weightDecay", "{coefficient: 0.001, mode: decoupled}",
      "{coefficient: 1e-3, mode: decoupled}"
    ),
    ("network.batchNormalization", "none", "none"),
  ]) func numbersOfTheGridHaveOneSpelling(_ field: String, _ written: String, _ text: String) throws
  {
    let file = try read(["grid.\(field)=[\(written)]"])
    #expect(file.runs.first?.nameValues.first { $0.field == field }?.value == text)
  }

  private func grid(_ file: PipelineFile) -> [String] {
    file.runs.map { $0.gridValues.map { "\($0.field)=\($0.value)" }.joined(separator: " ") }
  }

  @Test func theProductRunsTheLastKeyChangingFastest() throws {
    let file = try read()
    #expect(file.name == "study")
    #expect(file.title == "A study")
    #expect(file.profiles == ["quick", "plain", "full"])
    #expect(
      grid(file) == [
        "training.weightDecay=0 training.seed=1", "training.weightDecay=0 training.seed=2",
        "training.weightDecay=1e-3 training.seed=1", "training.weightDecay=1e-3 training.seed=2",
      ])
    #expect(file.runs.map(\.configuration.training.weightDecay.coefficient) == [0, 0, 1e-3, 1e-3])
    #expect(file.runs.map(\.configuration.training.seed) == [1, 2, 1, 2])
    #expect(file.runs.allSatisfy { $0.configuration.training.epochs == 200 })
  }

  /// A change that the grid would undo is refused; one of the grid's own fields takes it out.
  @Test(arguments: [
    ("training.weightDecay.coefficient=0.1", "training.weightDecay"),
    ("training.weightDecay.classifier=0.1", "training.weightDecay"),
  ]) func aChangeUnderAnAxisIsRefused(_ override: String, _ axis: String) throws {
    let error = #expect(throws: ConfigurationError.self) { try read([override]) }
    #expect(
      error?.description
        == "--set \(override): the grid sets it with '\(axis)', which --set 'grid.\(axis)=[…]' "
        + "changes")
    #expect(grid(try read(["training.weightDecay=0.1"])) == ["training.seed=1", "training.seed=2"])
  }

  /// What a file writes as a bare value has parts all the same.
  @Test func partsOfABareValueCanBeSet() throws {
    let yaml = """
      name: p
      dataset: { name: mnist }
      network: { kind: mlp, widths: [16], initialization: he }
      training: { epochs: 2, learningRate: 0.1, weightDecay: 1e-3 }
      measures: during-training
      """
    let file = try PipelineFile(
      yaml: yaml, file: "f.yaml",
      overrides: [
        "training.learningRate.warmUpEpochs=1", "training.weightDecay.classifier=1e-2",
        "network.initialization.scale=2", "measures.spectrum=true",
      ])
    let configuration = file.runs[0].configuration
    #expect(configuration.training.learningRate == LearningRate(initial: 0.1, warmUpEpochs: 1))
    #expect(configuration.training.weightDecay.coefficient == 1e-3)
    #expect(configuration.training.weightDecay.classifier == 1e-2)
    #expect(configuration.network.initialization.scale == 2)
    #expect(configuration.measures.when == .duringTraining)
    #expect(configuration.measures.spectrum)
  }

  @Test func aProfileChangesFieldsAndListsOfTheGrid() throws {
    let file = try read(profile: "quick")
    #expect(
      grid(file) == [
        "training.weightDecay=0 training.seed=7", "training.weightDecay=1e-3 training.seed=7",
      ])
    #expect(file.runs.allSatisfy { $0.configuration.training.epochs == 20 })
    #expect(file.runs.allSatisfy { $0.configuration.training.checkpoints.after.logarithmic == 4 })
  }

  @Test func aFieldOfAProfileLeavesTheGridAndANewListJoinsIt() throws {
    let file = try read(profile: "plain")
    #expect(
      grid(file) == [
        "training.seed=1 network.batchNormalization=none",
        "training.seed=1 network.batchNormalization=all",
        "training.seed=2 network.batchNormalization=none",
        "training.seed=2 network.batchNormalization=all",
      ])
  }

  @Test func aProfileWithoutChangesIsTheFile() throws {
    #expect(grid(try read(profile: "full")) == grid(try read()))
  }

  @Test func theCommandLineHasTheLastWord() throws {
    let file = try read(
      profile: "quick", ["training.epochs=3", "training.seed=5", "grid.training.weightDecay=[1]"])
    #expect(grid(file) == ["training.weightDecay=1"])
    #expect(file.runs.first?.configuration.training.epochs == 3)
    #expect(file.runs.first?.configuration.training.seed == 5)
  }

  @Test func aMappingInTheGridSetsTheFieldsItNames() throws {
    let file = try read(["grid.network=[{batchNormalization: all}, {widths: [4], kind: mlp}]"])
    let networks = file.runs.map(\.configuration.network).filter { $0.widths == [16] }
    #expect(file.runs.count == 8)
    #expect(networks.count == 4)
    #expect(networks.allSatisfy { $0.batchNormalization == .all })
  }

  /// The smallest pipeline, for lines 1 to 3 of a bad one.
  private static let small = """
    name: a
    dataset: { name: mnist }
    network: { kind: mlp, widths: [8] }

    """

  @Test(arguments: [
    BadPipeline(
      "unknown key at the root", "grdi: {}", "4:1: unknown key 'grdi': did you mean 'grid'?"),
    BadPipeline(
      "unknown key of a section", "training: {epoch: 3}",
      "4:12: unknown key 'epoch' in training: did you mean 'epochs'?"),
    BadPipeline(
      "unknown field of the grid", "grid:\n  training.weigthDecay: [0, 1]",
      "5:3: unknown key 'weigthDecay' in training: did you mean 'weightDecay'?"),
    BadPipeline(
      "value of the grid that is none", "grid:\n  training.epochs: [1, two]",
      "5:24: training.epochs: expected a whole number, found 'two'"),
    BadPipeline(
      "grid of one value", "grid:\n  training.epochs: 5",
      "5:20: grid: 'training.epochs' needs a list of values, found '5'"),
    BadPipeline(
      "empty list in the grid", "grid:\n  training.seed: []",
      "5:18: grid: 'training.seed' needs a list of values, found a list of 0"),
    BadPipeline(
      "value twice in the grid", "grid:\n  training.seed: [1, 2, 1]",
      "5:25: grid: 'training.seed' lists 1 twice"),
    BadPipeline(
      "grid that is a list", "grid: [1]",
      "4:7: grid: expected fields and lists of values, found a list of 1"),
    BadPipeline(
      "field below a number", "training: {epochs: 3}\ngrid:\n  training.epochs.x: [1]",
      "6:3: grid: 'training.epochs.x' is not a field"),
    BadPipeline(
      "name in the grid", "grid: {name: [a, b]}",
      "4:8: grid: 'name' is that of the pipeline, not of a run"),
    BadPipeline(
      "profiles that are a list", "profiles: [quick]",
      "4:11: profiles: expected names and what they change, found a list of 1"),
    BadPipeline(
      "profile that is a number", "profiles:\n  quick: 5",
      "5:10: profiles.quick: expected fields and values, found '5'"),
    BadPipeline(
      "no such profile", "profiles:\n  quik: {}", "4:1: no profile 'quick': did you mean 'quik'?",
      profile: "quick"),
    BadPipeline(
      "profile among others", "profiles:\n  small: {}\n  large: {}",
      "4:1: no profile 'quick': there are small, large", profile: "quick"),
    BadPipeline(
      "no profiles at all", "", "no profile 'quick': the file has no profiles", profile: "quick"),
    BadPipeline(
      "unknown field in a profile", "profiles:\n  quick:\n    training.epoch: 3",
      "6:5: unknown key 'epoch' in training: did you mean 'epochs'?", profile: "quick"),
    BadPipeline(
      "wrong value in a profile", "profiles:\n  quick: {training.epochs: many}",
      "5:28: training.epochs: expected a whole number, found 'many'", profile: "quick"),
    BadPipeline(
      "grid of a profile without a list", "profiles:\n  quick: {grid.training.seed: 1}",
      "5:31: grid: 'training.seed' needs a list of values, found '1'", profile: "quick"),
    BadPipeline(
      "mistyped word", "training: {weightDecay: {mode: coupledd}}",
      "4:32: training.weightDecay.mode: expected one of coupled, decoupled, found 'coupledd'; "
        + "did you mean 'coupled'?"),
    BadPipeline(
      "mistyped split", "features: {splits: [train, tset]}",
      "4:11: features: splits: expected some of train, test, found 'tset'; did you mean 'test'?"),
    BadPipeline(
      "mistyped time of measures", "measures: during-trainin",
      "4:11: measures: expected one of after-training, during-training, found 'during-trainin'; "
        + "did you mean 'during-training'?"),
    BadPipeline(
      "epochs of measures on files", "measures: {epochs: {logarithmic: 3}}",
      "4:20: measures.epochs: goes with 'when: during-training'; after training the epochs are "
        + "those of 'features.epochs'"),
    BadPipeline(
      "number out of its range", "training: {epochs: 3, batchSize: 0}",
      "4:34: training.batchSize: expected a positive number, found 0"),
    BadPipeline(
      "no epochs", "training: {epochs: 0}",
      "4:20: training.epochs: expected a positive number, found 0"),
    BadPipeline(
      "word for a number or a mapping", "grid: {training.weightDecay: [1e-3, x]}",
      "4:37: training.weightDecay: expected a number, or keys and values, found 'x'"),
    BadPipeline(
      "name of a profile that is a path", "profiles:\n  ../up: {}",
      "5:3: profiles: expected a name of letters, digits and any of - _ . +, found '../up'"),
  ])
  func malformed(_ bad: BadPipeline) {
    let error = #expect(throws: ConfigurationError.self) {
      try PipelineFile(
        yaml: PipelineFileTests.small + bad.yaml, file: "f.yaml", profile: bad.profile)
    }
    let separator = bad.expected.first?.isNumber == true ? ":" : ": "
    #expect(error?.description == "f.yaml\(separator)\(bad.expected)")
    #expect(error?.kind == .usage)
  }

  @Test(arguments: [
    (
      "nmae: a\ndataset: {name: mnist}\nnetwork: {kind: mlp, widths: [8]}",
      "f.yaml:1:1: unknown key 'nmae': did you mean 'name'?"
    ),
    (
      "name: a\ndatset: {name: mnist}\nnetwork: {kind: mlp, widths: [8]}",
      "f.yaml:2:1: unknown key 'datset': did you mean 'dataset'?"
    ),
    ("name: a\nnetwork: {kind: mlp, widths: [8]}", "f.yaml:1:1: missing key 'dataset'"),
    (
      "name: ../a\ndataset: {name: mnist}\nnetwork: {kind: mlp, widths: [8]}",
      "f.yaml:1:7: name: expected letters, digits, spaces and any of - _ . +, found '../a'"
    ),
    (
      "name: ..\ndataset: {name: mnist}\nnetwork: {kind: mlp, widths: [8]}",
      "f.yaml:1:7: name: expected letters, digits, spaces and any of - _ . +, found '..'"
    ),
    (
      "name: a\ndataset: {name: mnits}\nnetwork: {kind: mlp, widths: [8]}",
      "f.yaml:2:17: dataset.name: expected one of "
        + Catalog.entries.map(\.name).joined(separator: ", ")
        + ", found 'mnits'; did you mean 'mnist'?"
    ),
    (
      "name: a\ndataset: {name: mnist}\nnetwork: {kind: mpl, widths: [8]}",
      "f.yaml:3:17: network.kind: expected one of "
        + NetworkCatalog.entries.map(\.name).joined(separator: ", ")
        + ", found 'mpl'; did you mean 'mlp'?"
    ),
    (
      "name: a\ndataset: {name: mnist, path: x}\nnetwork: {kind: mlp, widths: [8]}",
      "f.yaml:2:10: dataset: expected one of path, name and synthetic, found 2"
    ),
  ])
  func malformedWhole(yaml: String, expected: String) {
    let error = #expect(throws: ConfigurationError.self) {
      try PipelineFile(yaml: yaml, file: "f.yaml")
    }
    #expect(error?.description == expected)
  }
}

/// What is wrong in a pipeline, after three right lines, and what is said of it.
struct BadPipeline: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let yaml: String
  let expected: String
  let profile: String?

  init(_ description: String, _ yaml: String, _ expected: String, profile: String? = nil) {
    testDescription = description
    self.yaml = yaml
    self.expected = expected
    self.profile = profile
  }
}
