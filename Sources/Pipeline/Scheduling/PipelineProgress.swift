import Networks
import NeuralCollapse
import Reporting
import Training

/// How far the runs of a pipeline have come, kept up from its events.
public struct PipelineProgress: Sendable {
  /// A run under way.
  public struct ActiveRun: Sendable {
    public let name: String
    /// Its place among the runs, from 1.
    public let index: Int
    public fileprivate(set) var stage: Stage?
    /// The epoch under way and of how many, once training has begun.
    public fileprivate(set) var epoch: (current: Int, count: Int)?
    /// The mean loss of the epoch so far.
    public fileprivate(set) var loss: Double?
    /// Share of the training samples that were right after the last epoch evaluated.
    public fileprivate(set) var trainingAccuracy: Double?
    /// Minimum intra-class and maximum inter-class cosine, once measured.
    public fileprivate(set) var cosines: (intra: Double, inter: Double)?
    /// Feature files or measures done, and of how many.
    public fileprivate(set) var files: (done: Int, count: Int)?
    /// Share of its training that was done before this process, and is done now.
    fileprivate var share: (first: Double, now: Double)?
  }

  /// The runs under way, in the order of the grid.
  public private(set) var active: [ActiveRun] = []
  /// Runs that came to their end, failed ones included.
  public private(set) var ended = 0
  /// Runs in all.
  public private(set) var count = 0
  private var operations: [String: Double] = [:]
  /// What is left to train, and what this process has trained of runs that ended.
  private var left = 0.0
  private var trained = 0.0

  public init() {}

  public mutating func update(_ event: PipelineEvent) {
    switch event {
    case .planned(let runs, _):
      count = runs.count
      operations = Dictionary(
        runs.map { ($0.name, $0.operations) }, uniquingKeysWith: { a, _ in a })
      left = operations.values.reduce(0, +)
    case .note: break
    case .runStarted(let name, let index, _):
      active.append(ActiveRun(name: name, index: index))
      active.sort { $0.index < $1.index }
    case .stageStarted(let run, let stage):
      change(run) {
        $0.stage = stage
        $0.files = nil
      }
    case .stageSkipped(let run, .train):
      left -= operations[run] ?? 0
      operations[run] = 0
    case .stageSkipped: break
    case .training(let run, .step(let step)):
      let epochsDone = Double(step.epoch - 1) + Double(step.step) / Double(max(1, step.steps))
      advance(run, to: epochsDone, of: step.epochs, loss: step.runningLoss)
    case .training(let run, .epochFinished(let metrics)):
      change(run) { $0.trainingAccuracy = metrics.trainAccuracy ?? $0.trainingAccuracy }
    case .training: break
    case .reached(let run, let epoch, let count, let loss, let accuracy):
      change(run) {
        $0.stage = .train
        $0.trainingAccuracy = accuracy ?? $0.trainingAccuracy
      }
      advance(run, to: Double(epoch), of: count, loss: loss)
    case .measured(let run, let measurements):
      let headline = RunRecord(name: run, measurements: measurements).headline
      if let intra = headline?.value(.cosines.intraMin),
        let inter = headline?.value(.cosines.interMax)
      {
        change(run) { $0.cosines = (intra, inter) }
      }
    case .progress(let run, _, let done, let count): change(run) { $0.files = (done, count) }
    case .stageFinished(let run, .train, _): endTraining(of: run)
    case .stageFinished: break
    case .runFailed(let name, _), .runEnded(let name):
      endTraining(of: name)
      guard let place = active.firstIndex(where: { $0.name == name }) else { return }
      active.remove(at: place)
      ended += 1
    }
  }

  /// A training has come to `epochs` epochs, of which the last may be under way.
  package mutating func advance(_ run: String, to epochs: Double, of count: Int, loss: Double) {
    change(run) {
      $0.epoch = (min(count, Int(epochs.rounded(.up))), count)
      $0.loss = loss
      let done = epochs / Double(max(1, count))
      $0.share = ($0.share?.first ?? done, done)
    }
  }

  /// The run of that name, while it is under way.
  public subscript(name: String) -> ActiveRun? { active.first { $0.name == name } }

  /// Seconds until all trainings are done at the pace of the `elapsed` ones; `nil` until there is
  /// a pace.
  public func secondsLeft(after elapsed: Double) -> Double? {
    let now = active.reduce(trained) { sum, run in
      sum + (operations[run.name] ?? 0) * (run.share.map { $0.now - $0.first } ?? 0)
    }
    let remaining = active.reduce(left) { sum, run in
      sum - (operations[run.name] ?? 0) * (run.share?.now ?? 0)
    }
    guard now > 0, elapsed > 0 else { return nil }
    return max(0, remaining) / now * elapsed
  }

  private mutating func endTraining(of run: String) {
    let all = operations[run] ?? 0
    left -= all
    if let share = self[run]?.share { trained += all * (share.now - share.first) }
    change(run) { $0.share = nil }
    operations[run] = 0
  }

  private mutating func change(_ name: String, _ body: (inout ActiveRun) -> Void) {
    guard let place = active.firstIndex(where: { $0.name == name }) else { return }
    body(&active[place])
  }
}
