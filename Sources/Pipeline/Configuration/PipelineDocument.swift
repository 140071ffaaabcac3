import CollapseCore
import Datasets
import Networks
import Reporting

/// One point of a pipeline as its file holds it: what is said of the pipeline, and one run.
struct PipelineDocument: Hashable {
  var name: String
  var title: String?
  var summary: String?
  var claims: [String]?
  var configuration: RunConfiguration
}

extension PipelineDocument: Configurable {
  static var standard: PipelineDocument {
    PipelineDocument(name: "pipeline", configuration: .standard)
  }

  /// The fields that are those of the pipeline.
  private static var header: [Field<PipelineDocument>] {
    [
      Field(
        "name", \.name, "The pipeline's name: its runs stand in runs/NAME/.", isRequired: true),
      Field("title", \.title, "What the report is called.", absence: "the name"),
      Field("summary", \.summary, "A sentence or two under the title.", absence: "none"),
      Field(
        "claims", \.claims,
        "The claims the study is about, by their names or their papers'.",
        words: StudyReport.claimNames, absence: "those about what its runs differ in"),
    ]
  }

  /// The keys that are not those of a run.
  static var headerKeys: [String] { header.map(\.name) + keysReadElsewhere }

  static var keysReadElsewhere: [String] { ["grid", "profiles"] }

  static var fields: [Field<PipelineDocument>] {
    header + RunConfiguration.fields.map { $0.lifted(to: \.configuration) }
  }

  func settle(_ stated: StatedFields) throws(ConfigurationFault) {
    // It names a folder, which must lie in that of the runs.
    let isName = name.allSatisfy { $0.isLetter || $0.isNumber || "-_.+ ".contains($0) }
    guard isName, name.contains(where: { $0.isLetter || $0.isNumber }) else {
      throw stated.fault(
        "name", "expected letters, digits, spaces and any of - _ . +, found '\(name)'")
    }
  }
}
