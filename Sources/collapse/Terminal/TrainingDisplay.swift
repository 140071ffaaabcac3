import Training

/// A training as progress lines: loss, accuracy, samples per second, time left.
final class TrainingDisplay {
  private let prefix: String
  private var last: EpochMetrics?
  /// When the first step was shown, and how many epochs were done then.
  private var beginning: (time: ContinuousClock.Instant, done: Double)?

  init(prefix: String = "") { self.prefix = prefix }

  func show(_ event: TrainingEvent) {
    switch event {
    case .step(let progress):
      let left = secondsLeft(progress)
      Terminal.shared.progress(line(progress, left), isLast: progress.step == progress.steps)
    case .epochFinished(let metrics):
      last = metrics
      Terminal.shared.detail(prefix + TrainingDisplay.epochLine(metrics))
    case .checkpointDue: break
    case .note(let text): Terminal.shared.note(prefix + text)
    }
  }

  /// From the pace since the first step, evaluations and checkpoints included; `nil` before there
  /// is one, and where nothing is left.
  private func secondsLeft(_ progress: StepProgress) -> Double? {
    let done = Double(progress.epoch - 1) + Double(progress.step) / Double(progress.steps)
    guard let beginning else {
      beginning = (.now, done)
      return nil
    }
    guard done < Double(progress.epochs) else { return nil }
    let seconds = (ContinuousClock.now - beginning.time) / .seconds(1)
    return seconds / (done - beginning.done) * (Double(progress.epochs) - done)
  }

  private func line(_ progress: StepProgress, _ secondsLeft: Double?) -> String {
    let test = (last?.testAccuracy).map { ", test \(TrainingDisplay.percent($0))" } ?? ""
    let left = secondsLeft.flatMap { $0 < 1 ? nil : ", \(Elapsed.text($0)) left" } ?? ""
    return prefix
      + "epoch \(progress.epoch)/\(progress.epochs), step \(progress.step)/\(progress.steps)"
      + ", loss \(TrainingDisplay.short(progress.runningLoss))"
      + ", accuracy \(TrainingDisplay.percent(progress.runningAccuracy))"
      + "\(test), \(Int(progress.samplesPerSecond)) samples/s\(left)"
  }

  static func epochLine(_ metrics: EpochMetrics) -> String {
    "epoch \(metrics.epoch): loss \(short(metrics.trainLoss ?? metrics.runningLoss))"
      + (metrics.trainAccuracy.map { ", train \(percent($0))" } ?? "")
      + (metrics.testAccuracy.map { ", test \(percent($0))" } ?? "")
      + (metrics.testSets ?? []).map { ", \($0.name) \(percent($0.accuracy))" }.joined()
      + ", \(Int(metrics.samplesPerSecond)) samples/s"
  }

  static func percent(_ share: Double) -> String { "\((share * 10_000).rounded() / 100) %" }

  /// Three significant digits.
  static func short(_ value: Double) -> String {
    guard value > 0, value.isFinite else { return "\(value)" }
    var scale = 1.0
    while value * scale < 100, scale < 1e15 { scale *= 10 }
    return "\((value * scale).rounded() / scale)"
  }
}
