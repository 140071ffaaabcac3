public import Training

/// What a pipeline reports while it goes on.
public enum PipelineEvent: Sendable {
  /// Run `index` (from 1) of `count` begins.
  case runStarted(name: String, index: Int, count: Int)
  /// The stage's outputs stand, made with the same options from the same inputs.
  case stageSkipped(run: String, Stage)
  case stageStarted(run: String, Stage)
  case training(run: String, TrainingEvent)
  /// So many of the feature files, or of their measures, are done.
  case progress(run: String, Stage, done: Int, count: Int)
  case stageFinished(run: String, Stage, seconds: Double)
  /// The run cannot go on; the others do.
  case runFailed(name: String, String)
}
