import CollapseCore

/// The stages of a run with the keys that decide whether what stands in its folder is theirs.
struct RunStages {
  /// Every stage there is, in order: each reads what the ones before wrote.
  static let registry: [any RunStage.Type] = [
    TrainStage.self,
    ExtractStage.self,
    AnalyzeStage.self,
    CurvatureStage.self,
  ]

  /// The stages the run has, in order.
  let all: [Stage]
  private let keys: [Stage: StageKey]

  /// - Throws: what keeps options from being encoded.
  init(_ configuration: RunConfiguration, data: DataFacts) throws {
    var input = data.sha256
    var all: [Stage] = []
    var keys: [Stage: StageKey] = [:]
    for type in RunStages.registry where type.belongs(to: configuration) {
      let key = try StageKey(
        stage: type.stage.rawValue, version: type.version,
        options: type.options(of: configuration, data),
        inputs: [type.source.flatMap { keys[$0]?.hex } ?? input])
      all.append(type.stage)
      keys[type.stage] = key
      if type.source == nil { input = key.hex }
    }
    self.all = all
    self.keys = keys
  }

  /// The key of a training: what tells a run from all others.
  var train: StageKey { keys[.train]! }  // every run has one

  /// The stages of `asked` that have something to do, given what stands in `folder`.
  ///
  /// Outputs that were removed to free disk are made again only for a later stage that reads
  /// them.
  func due(
    of asked: Set<Stage>, _ manifest: RunManifest, in folder: RunFolder
  ) -> Set<Stage> {
    var due: Set<Stage> = []
    for stage in all.reversed() where asked.contains(stage) {
      guard let done = manifest.stages[stage.rawValue], done.key == keys[stage] else {
        due.insert(stage)
        continue
      }
      let isNeeded = done.isFreed == true ? !due.isEmpty : !folder.stands(done)
      if isNeeded { due.insert(stage) }
    }
    return due
  }

  subscript(stage: Stage) -> StageKey? { keys[stage] }

  static func type(of stage: Stage) -> (any RunStage.Type)? {
    registry.first { $0.stage == stage }
  }
}
