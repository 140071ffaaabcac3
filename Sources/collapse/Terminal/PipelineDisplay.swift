import Pipeline

/// A pipeline as lines: each run, each stage, and the training under way.
final class PipelineDisplay {
  private var position = ""
  private var training: TrainingDisplay?

  func show(_ event: PipelineEvent) {
    switch event {
    case .runStarted(let name, let index, let count):
      position = "[\(index)/\(count)] "
      training = TrainingDisplay(prefix: position)
      Terminal.shared.note("\(position)\(name)")
    case .stageSkipped(_, let stage):
      Terminal.shared.note("\(position)  \(stage.rawValue): done before, nothing changed")
    case .stageStarted(_, let stage):
      if stage == .report { position = "" }
      Terminal.shared.detail("\(position)  \(stage.rawValue) …")
    case .training(_, let event): training?.show(event)
    case .progress(_, let stage, let done, let count):
      Terminal.shared.progress(
        "\(position)  \(stage.rawValue) \(done)/\(count)", isLast: done == count)
    case .stageFinished(_, let stage, let seconds):
      Terminal.shared.endProgress()
      Terminal.shared.note("\(position)  \(stage.rawValue): \(Elapsed.text(seconds))")
    case .runFailed(_, let reason): Terminal.shared.message("\(position)  failed: \(reason)")
    }
  }
}
