import CollapseCore
import FoundationEssentials
import Networks
import Training

/// Measures taken while a network trains, on features that go from the network to the analyzer
/// without a file between: a trajectory that costs no disk.
///
/// Each epoch's measures are the same numbers as those of a feature file made after that epoch.
struct TrajectoryMeasurement {
  let configuration: RunConfiguration
  let folder: RunFolder
  let data: TrainingData
  let threads: Int
  /// Bytes of features that are kept in memory for the second pass of the analysis.
  var memoryLimit = TrajectoryMeasurement.standardMemoryLimit

  static let standardMemoryLimit = 512 << 20

  func isDue(after epoch: Int) -> Bool {
    configuration.measures.epochs.isDue(after: epoch, of: configuration.training.epochs)
  }

  /// Whether the measures of every epoch due up to `epoch` are there, so that a training may
  /// continue after it.
  func isComplete(upTo epoch: Int) -> Bool {
    (1...max(1, epoch)).allSatisfy { past in
      past > epoch || !isDue(after: past)
        || FileManager.default.fileExists(atPath: folder.trajectory(epoch: past))
    }
  }

  /// Measures the network that `checkpoint` holds and writes the measures to the folder.
  func measure(_ checkpoint: NamedTensors, epoch: Int) throws -> EpochMeasures {
    let extraction = try FeatureExtraction(checkpoint, threads: threads)
    if configuration.features.statistics == .batch { try extraction.normalizeByBatches() }
    let measures = try EpochMeasures(
      epoch: epoch, splits: configuration.features.splits,
      FeatureAnalysis(configuration.measures, threads: threads)
    ) { split in
      try data[split].map { samples in
        try extraction.features(
          of: samples, split: split, layers: configuration.features.layers == .all ? .all : .last,
          pooling: configuration.features.pooling, memoryLimit: memoryLimit)
      }
    }
    try measures.write(to: folder.trajectory(epoch: epoch))
    return measures
  }
}
