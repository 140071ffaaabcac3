/// What training found on a named test set after an epoch.
public struct TestSetRecord: Sendable, Hashable, Codable {
  public var name: String
  public var loss: Double
  /// Share of its samples classified right, 0…1.
  public var accuracy: Double

  public init(name: String, loss: Double, accuracy: Double) {
    self.name = name
    self.loss = loss
    self.accuracy = accuracy
  }
}

/// What training reported after one epoch.
public struct EpochRecord: Sendable, Hashable, Codable {
  /// Number of epochs done; 0 is the network before training.
  public var epoch: Int
  /// Mean loss on the training data, without the penalty on the weights.
  public var trainingLoss: Double
  /// The training loss with the penalty λ/2 ‖θ‖².
  public var regularizedLoss: Double?
  /// Share of training samples classified right, 0…1.
  public var trainingAccuracy: Double
  public var testLoss: Double?
  public var testAccuracy: Double?
  /// Of each named test set, where there are any.
  public var testSets: [TestSetRecord]?
  /// The step size used in the epoch.
  public var learningRate: Double?

  public init(
    epoch: Int, trainingLoss: Double, regularizedLoss: Double? = nil, trainingAccuracy: Double,
    testLoss: Double? = nil, testAccuracy: Double? = nil, testSets: [TestSetRecord]? = nil,
    learningRate: Double? = nil
  ) {
    self.epoch = epoch
    self.trainingLoss = trainingLoss
    self.regularizedLoss = regularizedLoss
    self.trainingAccuracy = trainingAccuracy
    self.testLoss = testLoss
    self.testAccuracy = testAccuracy
    self.testSets = testSets
    self.learningRate = learningRate
  }

  /// The share classified right of `train`, `test`, or a named test set.
  func accuracy(on set: String) -> Double? {
    switch set {
    case "train": trainingAccuracy
    case "test": testAccuracy
    default: testSets?.first { $0.name == set }?.accuracy
    }
  }

  enum CodingKeys: String, CodingKey {
    case epoch
    case trainingLoss = "training_loss"
    case regularizedLoss = "regularized_loss"
    case trainingAccuracy = "training_accuracy"
    case testLoss = "test_loss"
    case testAccuracy = "test_accuracy"
    case testSets = "test_sets"
    case learningRate = "learning_rate"
  }
}
