import FoundationEssentials
import TestSupport
import Testing

/// What a pipeline can be told, said by the command.
@Suite struct OptionsCommandTests {
  private struct Row: Decodable {
    let name: String
    let values: String
    let standard: String
    let kind: String?
  }

  private func rows(_ path: String) throws -> [Row] {
    let result = try CollapseCommand.run(["options", path, "--json"])
    try #require(result.exitCode == 0, "\(result.errors)")
    return try JSONDecoder().decode([Row].self, from: Data(result.output.utf8))
  }

  @Test func fieldsHaveTheirValuesAndDefaults() throws {
    let all = try rows("training")
    let rate = try #require(all.first { $0.name == "training.learningRate.initial" })
    #expect(rate.values == "a number ≥ 0" && rate.standard == "0.05")
    let factor = try #require(all.first { $0.name == "training.learningRate.schedule.factor" })
    #expect(factor.kind == "steps" && factor.standard == "0.1")
    let layers = try rows("network.layers")
    #expect(layers.contains { $0.name == "dense" })
    #expect(layers.contains { $0.name == "probability" && $0.kind == "dropout" })
  }

  /// Every option that the help of `train` lists is there, and is what a pipeline calls it.
  @Test func everyFlagSetsAField() throws {
    // Lines are broken where they are full.
    let help = try CollapseCommand.run(["train", "--help"]).output
      .split(whereSeparator: \.isWhitespace).joined(separator: " ")
    for flag in [
      "--epochs <n>", "--label-smoothing <share>", "--cosine", "--steps <epoch,…>",
      "--flip/--no-flip", "--classifier-bias/--no-classifier-bias", "--pad <side>",
      "--weight-decay <λ>", "--precision <type>",
    ] { #expect(help.contains(flag), "\(flag)") }
    #expect(help.contains("float32 | bfloat16 (default:"), "\(help)")
  }

  /// Options of kinds that exclude each other are refused by name.
  @Test(arguments: [
    (
      ["--cosine", "--steps", "3"], "--steps chooses the schedule steps, found the schedule cosine"
    ),
    (["--step-factor", "0.5"], "--step-factor needs --steps, found the schedule constant"),
    (
      ["--momentum", "0.5", "--optimizer", "adam"],
      "--momentum needs --optimizer sgd, found the optimizer adam"
    ),
  ])
  func kindsExcludeEachOther(options: [String], message: String) throws {
    let result = try CollapseCommand.run(["train", "data/sample/idx", "/tmp/none"] + options)
    #expect(result.exitCode == 64)
    #expect(result.errors == "error: \(message)\n", "\(result.errors)")
  }

  /// An option of the command line takes back what a file of options says.
  @Test func whatAFileSaysCanBeTakenBack() throws {
    let folder = TemporaryFolder()
    let options = folder.write(
      Array(
        """
        network: { kind: mlp, widths: [4] }
        training: { epochs: 1, augmentation: { horizontalFlip: true }, optimizer: sgd }
        """.utf8), to: "options.yaml")
    let result = try CollapseCommand.run([
      "train", "data/sample/idx", folder("run"), "--options", options, "--no-flip", "--nesterov",
    ])
    #expect(result.exitCode == 0, "\(result.errors)")
    let written = try String(contentsOfFile: folder("run/configuration.yaml"), encoding: .utf8)
    #expect(written.contains("horizontalFlip: false") && written.contains("nesterov: true"))
  }

  /// The shell completes data sets by name and by path.
  @Test func dataSetsAreCompleted() throws {
    func offered(_ begun: String) throws -> String {
      try CollapseCommand.run(
        [
          "---completion", "inspect", "--", "positional@0", "2", String(begun.count), "collapse",
          "inspect", begun,
        ], environment: ["SAP_SHELL": "bash"]
      ).output
    }
    #expect(try offered("fash") == "fashion-mnist\n")
    #expect(try offered("data/sa") == "data/sample/\n")
  }
}
