public import CollapseCore

/// Samples that a network is tested on besides those of the test split, under a name of their own.
public struct TestSet: Sendable {
  /// What metrics and reports call it.
  public let name: String
  /// Of the shape and the classes of the training samples.
  public let samples: any LabeledSamples

  public init(name: String, samples: any LabeledSamples) {
    self.name = name
    self.samples = samples
  }
}

/// What is known of a named test set after an epoch.
public struct TestSetMetrics: Sendable, Hashable, Codable {
  public var name: String
  /// Mean loss over its samples, in inference mode.
  public var loss: Double
  /// Share of them classified rightly.
  public var accuracy: Double

  public init(name: String, loss: Double, accuracy: Double) {
    self.name = name
    self.loss = loss
    self.accuracy = accuracy
  }
}
