public import FeatureStore
import Files
public import NeuralCollapse
public import Reporting
import Tensors

/// Measuring feature files: each layer of each file becomes one ``MeasurementRecord``.
public struct FeatureAnalysis: Sendable {
  public var options: AnalysisOptions

  public init(options: AnalysisOptions = AnalysisOptions()) { self.options = options }

  /// The measures of every layer of `source`.
  ///
  /// - Parameters:
  ///   - split: the split to record; that of the file when `nil`.
  ///   - trainingMeans: class means by layer that decide on a test split; its own where `nil`.
  public func measure(
    _ source: FeatureFile, split: String? = nil,
    trainingMeans: [String: ClassStatistics]? = nil
  ) throws -> [MeasurementRecord] {
    var options = options
    if options.weightDecay == nil { options.weightDecay = source.metadata.weightDecay }
    if options.classNames.isEmpty { options.classNames = source.metadata.classNames ?? [] }
    return try source.layers.enumerated().map { index, layer in
      options.meansFrom = trainingMeans?[layer.name]
      // W acts on the last layer only.
      let isLast = index == source.layers.count - 1
      let report = try CollapseAnalyzer(options: options).analyze(
        features: layer.rows, labels: source.labels, classifier: isLast ? source.classifier : nil)
      return MeasurementRecord(
        epoch: source.metadata.epoch ?? 0, layer: layer.name, layerIndex: index,
        split: split ?? source.metadata.split ?? "all", report: report)
    }
  }

  /// The class means of every layer of a training file, for the decisions on its test file.
  public func means(of source: FeatureFile) throws -> [String: ClassStatistics] {
    let analyzer = CollapseAnalyzer(options: options)
    return Dictionary(
      try source.layers.map { layer in
        (layer.name, try analyzer.statistics(of: layer.rows, labels: source.labels))
      }, uniquingKeysWith: { a, _ in a })
  }
}
