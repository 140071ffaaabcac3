import CollapseCore

/// A pipeline about a model and not about data, as its file holds it.
struct LaboratoryDocument: Hashable {
  var header: PipelineHeader
  var laboratory: LaboratoryExperiment
}

extension LaboratoryDocument: Configurable {
  static var standard: LaboratoryDocument {
    LaboratoryDocument(
      header: .standard, laboratory: LaboratoryExperiment(TirerBrunaExperiment.standard, at: []))
  }

  /// The key by which a file says that it is one.
  static let key = "laboratory"

  static let sentence = "An experiment on a model, in the place of data, network and training."

  static var fields: [Field<LaboratoryDocument>] {
    PipelineHeader.ownFields.map { $0.lifted(to: \.header) } + [
      Field(key, \.laboratory, sentence, isRequired: true)
    ]
  }

  func settle(_ stated: StatedFields) throws(ConfigurationFault) { try header.check(stated) }
}
