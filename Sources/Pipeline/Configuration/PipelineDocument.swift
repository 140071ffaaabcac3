import CollapseCore
import Datasets
import Networks

/// One point of a pipeline as its file holds it: what is said of the pipeline, and one run.
struct PipelineDocument: Hashable {
  var header: PipelineHeader
  /// Only where a ``LaboratoryDocument`` stands in the place of this.
  var laboratory: LaboratoryExperiment?
  var configuration: RunConfiguration
}

extension PipelineDocument: Configurable {
  static var standard: PipelineDocument {
    PipelineDocument(header: .standard, configuration: .standard)
  }

  /// The fields that are those of the pipeline.
  private static var ofPipeline: [Field<PipelineDocument>] {
    PipelineHeader.fields.map { $0.lifted(to: \.header) } + [
      Field(
        LaboratoryDocument.key, \.laboratory, LaboratoryDocument.sentence,
        absence: "none: the pipeline trains")
    ]
  }

  /// The keys that are not those of a run.
  static var headerKeys: [String] { ofPipeline.map(\.name) + keysReadElsewhere }

  static var keysReadElsewhere: [String] { ["grid", "profiles"] }

  static var fields: [Field<PipelineDocument>] {
    ofPipeline + RunConfiguration.fields.map { $0.lifted(to: \.configuration) }
  }

  func settle(_ stated: StatedFields) throws(ConfigurationFault) {
    try header.check(stated)
    if laboratory == nil { try configuration.settle(stated) }
  }
}
