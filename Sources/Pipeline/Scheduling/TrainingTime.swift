import CollapseCore
import Networks
import Training

extension PipelineRunner {
  /// Seconds the trainings of a plan will take, by steps of each network timed on this machine now;
  /// features and measures are not counted.
  ///
  /// A training that was begun is counted whole.
  ///
  /// - Returns: `nil` where no training is left to do.
  public func trainingTime(of plan: Plan) throws -> Double? {
    struct Step: Hashable {
      let network: NetworkDescription
      let options: TrainingOptions
      let input: Shape
      let classes: Int
    }
    let known = (try? algorithmCache?.read()) ?? AlgorithmChoices()
    var profiles: [Step: StepProfile] = [:]
    var total = 0.0
    var longest = 0.0
    for run in plan.runs where run.due?.contains(.train) == true && run.estimate != nil {
      guard let data = run.data else { continue }
      let training = run.configuration.training
      let samples = data.counts["train"] ?? 0
      // What does not change the cost of a step is left out: equal ones are timed once.
      var options = TrainingOptions()
      options.batchSize = min(training.batchSize, samples)
      options.precision = training.precision
      options.algorithms = training.algorithms
      options.optimizer = training.optimizer
      options.loss = training.loss
      options.threads = training.threads ?? threads
      let step = Step(
        network: run.configuration.network, options: options, input: data.sampleShape,
        classes: data.classCount)
      let profile =
        try profiles[step]
        ?? StepProfile(
          step.network, options: options, input: step.input, classes: step.classes, runs: 3,
          algorithms: known)
      profiles[step] = profile
      let epochs = Double(training.epochs)
      let evaluated = Double(data.counts.values.reduce(0, +))
      let share = 1 / Double(options.batchSize)
      let seconds =
        epochs * Double(samples) * share * profile.stepSeconds
        + epochs / Double(training.evaluation.everyEpochs) * evaluated * share
        * profile.forwardSeconds
      total += seconds
      longest = max(longest, seconds)
    }
    guard total > 0 else { return nil }
    return max(longest, total / Double(max(1, plan.concurrency.jobs)))
  }
}
