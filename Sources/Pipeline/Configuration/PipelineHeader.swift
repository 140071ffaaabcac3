import CollapseCore
import Reporting

/// What is said of a pipeline as a whole.
struct PipelineHeader: Hashable {
  var name: String
  var title: String?
  var summary: String?
  var claims: [String]?

  static var standard: PipelineHeader { PipelineHeader(name: "pipeline") }

  /// The fields of every pipeline.
  static var ownFields: [Field<PipelineHeader>] {
    [
      Field(
        "name", \.name, "The pipeline's name: its runs stand in runs/NAME/.", isRequired: true),
      Field("title", \.title, "What the report is called.", absence: "the name"),
      Field("summary", \.summary, "A sentence or two under the title.", absence: "none"),
    ]
  }

  /// The fields of a pipeline whose claims are tested on what its runs turn out to be.
  static var fields: [Field<PipelineHeader>] {
    ownFields + [
      Field(
        "claims", \.claims,
        "The claims the study is about, by their names or their papers'.",
        words: StudyReport.claimNames, absence: "those about what its runs differ in")
    ]
  }

  func check(_ stated: StatedFields) throws(ConfigurationFault) {
    // It names a folder, which must lie in that of the runs.
    let isName = name.allSatisfy { $0.isLetter || $0.isNumber || "-_.+ ".contains($0) }
    guard isName, name.contains(where: { $0.isLetter || $0.isNumber }) else {
      throw stated.fault(
        "name", "expected letters, digits, spaces and any of - _ . +, found '\(name)'")
    }
  }
}
