import CollapseCore
import FoundationEssentials
import Pipeline
import TestSupport
import Testing

/// Pipelines about models: how they are read, and what is refused.
@Suite struct LaboratoryFileTests {
  private static let file = """
    name: frames
    laboratory: { kind: tirer-bruna-2022, seeds: 3 }
    profiles:
      quick: { laboratory.seeds: 1, laboratory.strengths: [0.3] }

    """

  private func read(_ text: String = file, profile: String? = nil, _ overrides: [String] = [])
    throws -> PipelineFile
  {
    try PipelineFile(yaml: text, file: "f.yaml", profile: profile, overrides: overrides)
  }

  private func option(_ name: String, of file: PipelineFile) throws -> String? {
    try #require(file.laboratory).value.node[name]?.flowText
  }

  @Test func profilesAndChangesAreThoseOfEveryPipeline() throws {
    let plain = try read()
    #expect(plain.runs.isEmpty && plain.name == "frames")
    #expect(try option("seeds", of: plain) == "3")
    let quick = try read(profile: "quick")
    #expect(try option("seeds", of: quick) == "1")
    #expect(try option("strengths", of: quick) == "[0.3]")
    #expect(try option("seeds", of: read(profile: "quick", ["laboratory.seeds=7"])) == "7")
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let yaml: String
    let message: String
  }

  static let refusals = [
    Refusal(
      testDescription: "an unknown experiment",
      yaml: "name: a\nlaboratory: { kind: tirer-bruna-2021 }\n",
      message: "did you mean 'tirer-bruna-2022'?"),
    Refusal(
      testDescription: "an unknown option",
      yaml: "name: a\nlaboratory: { kind: zhu-2021, seed: 3 }\n", message: "did you mean 'seeds'?"),
    Refusal(
      testDescription: "a grid",
      yaml: "name: a\nlaboratory: { kind: zhu-2021 }\ngrid: { laboratory.seeds: [1, 2] }\n",
      message: "a laboratory's experiment has lists of its own, and no grid"),
    Refusal(
      testDescription: "data beside it",
      yaml: "name: a\nlaboratory: { kind: zhu-2021 }\ndataset: { name: mnist }\n",
      message: "unknown key 'dataset'"),
    Refusal(
      testDescription: "features in too few dimensions",
      yaml: "name: a\nlaboratory: { kind: zhu-2021, classCount: 9 }\n",
      message: "expected at least classCount, which is 9, found 8"),
    Refusal(
      testDescription: "a name that leaves its folder",
      yaml: "name: ../a\nlaboratory: { kind: zhu-2021 }\n",
      message: "expected letters, digits, spaces"),
  ]

  @Test(arguments: refusals)
  func refused(_ refusal: Refusal) throws {
    let error = #expect(throws: ConfigurationError.self) { try read(refusal.yaml) }
    #expect("\(try #require(error))".contains(refusal.message), "\(error!)")
  }

  /// The pipelines of this package, each of which must read in both of its profiles.
  static let papers: [String] = {
    let names = try? FileManager.default.contentsOfDirectory(atPath: folder)
    return (names ?? []).filter { $0.hasSuffix(".yaml") }.sorted()
  }()
  private static let folder = CollapseCommand.projectRoot + "/pipelines/laboratory"

  @Test(arguments: papers)
  func paperHasAPipeline(name: String) throws {
    for profile in ["quick", "full"] {
      let pipeline = try PipelineFile(path: "\(Self.folder)/\(name)", profile: profile)
      #expect("\(pipeline.name).yaml" == name)
      // Those of papers about trained networks have no model that is solved instead.
      if let laboratory = pipeline.laboratory {
        #expect(type(of: laboratory.value).kind == pipeline.name)
      }
    }
  }

  @Test func everyExperimentHasAPipeline() {
    let kinds = LaboratoryExperiment.kinds.map { "\($0.kind).yaml" }
    #expect(Set(kinds).isSubset(of: Self.papers))
  }
}
