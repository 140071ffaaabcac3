import Networks
import Pipeline
import Reporting
import Synchronization
import Training

/// A pipeline as lines: each run and stage as it is done, and below them the runs under way with
/// their epoch, loss and cosines, and the time left for all.
final class PipelineDisplay: Sendable {
  fileprivate struct State {
    var progress = PipelineProgress()
    var start = ContinuousClock.now
  }

  private let state = Mutex(State())

  func show(_ event: PipelineEvent) {
    // Names are looked up before an event ends a run, and shown after.
    let (position, elapsed) = state.withLock { state in
      let position = state.position(of: event)
      if case .planned = event { state.start = .now }
      state.progress.update(event)
      return (position, (ContinuousClock.now - state.start) / .seconds(1))
    }
    switch event {
    case .planned(let runs, let concurrency): showPlan(runs.count, concurrency)
    case .note(let text): Terminal.shared.note(text)
    case .runStarted(let name, let index, let count):
      Terminal.shared.note("[\(index)/\(count)] \(name)")
    case .stageSkipped(_, let stage):
      Terminal.shared.note("\(position)  \(stage.rawValue): done before, nothing changed")
    case .stageStarted(_, let stage): Terminal.shared.detail("\(position)  \(stage.rawValue) …")
    case .training(_, .epochFinished(let metrics)):
      Terminal.shared.detail(position + TrainingDisplay.epochLine(metrics))
    case .training(_, .note(let text)): Terminal.shared.note(position + text)
    case .training(_, .step), .progress, .reached: showProgress(after: elapsed)
    case .training, .runEnded: break
    case .measured(_, let measurements):
      if let epoch = measurements.first?.epoch {
        Terminal.shared.detail("\(position)  measured after epoch \(epoch)")
      }
    case .stageFinished(_, let stage, let seconds):
      Terminal.shared.note("\(position)  \(stage.rawValue): \(Elapsed.text(seconds))")
    case .runFailed(_, let reason): Terminal.shared.message("\(position)  failed: \(reason)")
    }
  }

  private func showPlan(_ runs: Int, _ concurrency: Concurrency?) {
    guard runs > 1, let concurrency else { return }
    Terminal.shared.note(PlanText.load(concurrency, of: runs))
    if let wanted = concurrency.withoutMemoryLimit {
      Terminal.shared.note("memory does not hold \(wanted) at a time")
    }
  }

  private func showProgress(after elapsed: Double) {
    Terminal.shared.progress(lines: {
      state.withLock { state in
        let lines = state.progress.active.map { state.line(of: $0) }
        guard state.progress.count > 1, let left = state.progress.secondsLeft(after: elapsed) else {
          return lines
        }
        // What is left besides training is not known.
        let time = left < 1 ? "" : ", \(Elapsed.text(left)) left"
        return lines + ["\(state.progress.ended) of \(state.progress.count) runs done\(time)"]
      }
    })
  }
}

extension PipelineDisplay.State {
  /// `[3/24] ` of the run that an event is about.
  fileprivate func position(of event: PipelineEvent) -> String {
    let name: String? =
      switch event {
      case .planned, .note: nil
      case .runStarted(let name, _, _), .runEnded(let name), .runFailed(let name, _): name
      case .stageSkipped(let run, _), .stageStarted(let run, _), .training(let run, _),
        .measured(let run, _), .progress(let run, _, _, _), .stageFinished(let run, _, _),
        .reached(let run, _, _, _, _):
        run
      }
    return name.flatMap { progress[$0] }.map(position) ?? ""
  }

  private func position(of run: PipelineProgress.ActiveRun) -> String {
    "[\(run.index)/\(progress.count)] "
  }

  /// `[3/24] epoch 12/200, loss 0.0312, train 99.8 %, cos 0.91/-0.05`.
  fileprivate func line(of run: PipelineProgress.ActiveRun) -> String {
    let place = position(of: run)
    guard run.stage == .train, let epoch = run.epoch else {
      let files = run.files.map { " \($0.done)/\($0.count)" } ?? ""
      return place + (run.stage?.rawValue ?? "") + files
    }
    return place + "epoch \(epoch.current)/\(epoch.count)"
      + (run.loss.map { ", loss \(TrainingDisplay.short($0))" } ?? "")
      + (run.trainingAccuracy.map { ", train \(TrainingDisplay.percent($0))" } ?? "")
      + (run.cosines.map { ", cos \(rounded($0.intra))/\(rounded($0.inter))" } ?? "")
      + (progress.count == 1 ? timeLeft : "")
  }

  private var timeLeft: String {
    progress.secondsLeft(after: (ContinuousClock.now - start) / .seconds(1))
      .flatMap { $0 < 1 ? nil : ", \(Elapsed.text($0)) left" } ?? ""
  }

  private func rounded(_ value: Double) -> String { "\((value * 1000).rounded() / 1000)" }
}
