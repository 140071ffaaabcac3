import CollapseCore
import Networks

/// What samples must be like to be trained on.
enum SampleChecks {
  static func check(
    _ training: any LabeledSamples, _ tested: [any LabeledSamples],
    _ normalization: ChannelNormalization?, _ augmentation: Augmentation
  ) throws(TrainingError) {
    guard training.count > 0 else { throw bad("there are no training samples") }
    for test in tested {
      guard test.sampleShape == training.sampleShape, test.classNames == training.classNames
      else {
        throw bad(
          "the training samples have shape \(training.sampleShape) and "
            + "\(training.classCount) classes, the test samples \(test.sampleShape) and "
            + "\(test.classCount), or the classes have other names")
      }
    }
    try check(normalization, shape: training.sampleShape)
    guard augmentation.isIdentity || training.sampleShape.rank == 3 else {
      throw bad("augmentation is for images, found samples of shape \(training.sampleShape)")
    }
  }

  static func check(
    _ normalization: ChannelNormalization?, shape: Shape
  ) throws(TrainingError) {
    guard let normalization else { return }
    let count = normalization.means.count
    guard count == 1 || count == shape[0] else {
      throw bad("the normalization has \(count) channels, the samples have \(shape[0])")
    }
  }

  private static func bad(_ reason: String) -> TrainingError {
    TrainingError(kind: .badInput, operation: "train on these samples", reason: reason)
  }
}
