public import Reporting
public import Training

/// What a pipeline reports while it goes on, from the thread of the run it happens in.
public enum PipelineEvent: Sendable {
  /// A run as it is before it begins.
  public struct Planned: Sendable {
    public let name: String
    /// Multiplications and additions of its training: what it takes compared to the others.
    public let operations: Double

    package init(name: String, operations: Double) {
      self.name = name
      self.operations = operations
    }
  }

  /// All the runs, before the first begins, and how many go on at once, where that is decided here.
  case planned([Planned], Concurrency?)
  /// Something to be told of all runs that changes no result.
  case note(String)
  /// Run `index` (from 1) of `count` begins.
  case runStarted(name: String, index: Int, count: Int)
  /// The stage's outputs stand, made with the same options from the same inputs.
  case stageSkipped(run: String, Stage)
  case stageStarted(run: String, Stage)
  case training(run: String, TrainingEvent)
  /// The measures of an epoch are known.
  case measured(run: String, [MeasurementRecord])
  /// A run elsewhere has come to the end of an epoch, as its folder says.
  case reached(run: String, epoch: Int, of: Int, loss: Double, trainingAccuracy: Double?)
  /// So many of the feature files, or of their measures, are done.
  case progress(run: String, Stage, done: Int, count: Int)
  case stageFinished(run: String, Stage, seconds: Double)
  /// All stages asked for are done, or the run was interrupted.
  case runEnded(name: String)
  /// The run cannot go on; the others do.
  case runFailed(name: String, String)
}
