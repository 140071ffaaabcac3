public import CollapseCore
import Datasets
import Training

/// What is known of the samples of a run without having them.
public struct DataFacts: Sendable, Hashable {
  /// What they are, for people and for files.
  public let name: String
  /// SHA-256 of everything they depend on.
  public let sha256: String
  public let sampleShape: Shape
  public let classCount: Int
  /// Samples by split.
  public let counts: [String: Int]
}

extension TrainingData {
  public var facts: DataFacts {
    var counts = ["train": train.count]
    counts["test"] = test?.count
    for set in testSets { counts[set.name] = set.samples.count }
    return DataFacts(
      name: name, sha256: sha256, sampleShape: train.sampleShape, classCount: train.classCount,
      counts: counts)
  }
}
