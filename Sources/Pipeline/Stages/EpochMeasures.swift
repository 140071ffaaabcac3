import CollapseCore
import FeatureStore
import Files
import FoundationEssentials
import NeuralCollapse
import Reporting

/// Everything measured on the features of one epoch.
struct EpochMeasures: Codable {
  let epoch: Int
  let measurements: [MeasurementRecord]
  /// The names of the three classes of the snapshot.
  let classes: [String]
  let snapshot: FeatureProjection.Snapshot?

  /// Measures the features of each split.
  ///
  /// - Parameters:
  ///   - features: the features of a split; `nil` where it has none. The class means of `train`
  ///     decide on the other splits when it comes first.
  ///   - file: the file they are in, within the run's folder.
  init(
    epoch: Int, splits: [String], _ analysis: FeatureAnalysis,
    features: (_ split: String) throws -> FeatureSet?,
    file: (_ split: String) -> String? = { _ in nil }
  ) throws {
    var analysis = analysis
    analysis.options.meansSource = "train"
    var measurements: [MeasurementRecord] = []
    var classes: [String] = []
    var snapshot: FeatureProjection.Snapshot?
    var means: [String: ClassStatistics]?
    for split in splits {
      guard let source = try features(split) else { continue }
      if split == "train" {
        let found = try analysis.means(of: source)
        means = found
        if let statistics = source.layers.last.flatMap({ found[$0.name] }) {
          classes = PlaneProjection.classNames(of: source, statistics: statistics)
          snapshot = try PlaneProjection.snapshot(of: source, statistics: statistics, epoch: epoch)
        }
      }
      measurements += try analysis.measure(
        source, split: split, file: file(split), trainingMeans: split == "train" ? nil : means)
    }
    self.epoch = epoch
    self.measurements = measurements
    self.classes = classes
    self.snapshot = snapshot
  }

  static func read(_ path: String) throws -> EpochMeasures {
    let bytes = try FileContents.read(path)
    do {
      return try JSONDecoder().decode(EpochMeasures.self, from: Data(bytes))
    } catch let error as DecodingError {
      throw FileError.unexpected(
        "the measures of an epoch", found: error.found(in: bytes), in: path)
    }
  }

  func write(to path: String) throws {
    try AtomicFile.write(try JSONText.compact(self) + "\n", to: path)
  }
}

extension FeatureAnalysis {
  /// The analysis that a configuration asks for.
  init(_ measures: MeasureConfiguration, threads: Int) {
    var options = AnalysisOptions()
    options.convention = Convention.named(measures.convention) ?? .standard
    options.spectrum = measures.spectrum
    options.threads = threads
    self.init(options: options)
  }
}
