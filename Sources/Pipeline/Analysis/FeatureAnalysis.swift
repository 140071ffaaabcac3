public import CollapseCore
public import FeatureStore
import Files
public import NeuralCollapse
package import Reporting

/// Measuring feature files: each layer of each file becomes one ``MeasurementRecord``.
public struct FeatureAnalysis: Sendable {
  public var options: AnalysisOptions
  /// Whether only what needs no labels is measured.
  public var isUnlabelled = false
  /// Whether the rows have numbers to predict in the place of labels.
  public var isRegression = false

  public init(options: AnalysisOptions = AnalysisOptions()) { self.options = options }

  /// The measures of every layer of a set.
  ///
  /// - Parameters:
  ///   - split: the split to record; that of the file when `nil`.
  ///   - file: the file to record; `nil` for features that are in none.
  ///   - trainingMeans: class means by layer that decide on a test split; its own where `nil`.
  ///   - outOfDistributionMeans: the mean of an out-of-distribution set by layer.
  ///   - pass: how a layer's rows become a report; none where another process makes it.
  package func measure(
    _ set: FeatureSet, origin: FeatureOrigin? = nil, split: String? = nil, file: String? = nil,
    trainingMeans: [String: ClassStatistics]? = nil,
    outOfDistributionMeans: [String: [Double]]? = nil,
    outOfDistributionSets: [(name: String, set: FeatureSet)] = [],
    trainingSet: FeatureSet? = nil, passing pass: Passes = Self.passes
  ) throws -> [MeasurementRecord] {
    let layers = set.layers
    let metadata = origin?.metadata ?? set.metadata
    let split = split ?? metadata.split ?? "all"
    return try layers.enumerated().compactMap { index, layer in
      var options = options(of: layer, in: set, trainingMeans: trainingMeans)
      options.outOfDistributionMean = outOfDistributionMeans?
        .value(of: layer.name, among: layers.count)
      options.outOfDistributionSets = outOfDistributionSets.compactMap { name, set in
        set.rows(of: layer.name, among: layers.count).map {
          OutOfDistributionSet(name: name, features: $0)
        }
      }
      options.principalFeatures =
        trainingSet?.rows(of: layer.name, among: layers.count).map { [$0] }
      if isUnlabelled || isRegression {
        let analyzer = CollapseAnalyzer(options: options)
        var report =
          if isRegression, let targets = set.targets {
            try analyzer.analyzeRegression(
              features: layer.rows, targets: targets, weights: layer.classifier?.weights)
          } else {
            try analyzer.analyzeUnlabelled([layer.rows])
          }
        report.warnings += set.warnings
        report.notes += set.notes + (origin?.notes ?? [])
        return MeasurementRecord(
          epoch: metadata.epoch, layer: layer.name, layerIndex: index, split: split, file: file,
          trainingLoss: metadata.trainLoss, trainingAccuracy: metadata.trainAccuracy,
          report: report)
      }
      let analyzer = CollapseAnalyzer(options: options)
      let rows = [LabeledFeatures(features: layer.rows, labels: set.labels)]
      guard var report = try pass(analyzer, layer, rows) else { return nil }
      if options.meansFrom == nil, trainingMeans != nil {
        report.warnings.append(
          "no class means of layer '\(layer.name)' to decide by: decided by its own")
      } else if options.meansFrom == nil, split == "test" {
        let rivals = (origin?.rivals ?? []).map { "'\($0)'" }.joined(separator: ", ")
        report.warnings.append(
          "a test split decided by its own class means: "
            + (rivals.isEmpty
              ? "no training split was given" : "several training splits fit, \(rivals)"))
      }
      report.warnings += set.warnings
      report.notes += set.notes + (origin?.notes ?? [])
      return MeasurementRecord(
        epoch: metadata.epoch, layer: layer.name, layerIndex: index, split: split, file: file,
        trainingLoss: metadata.trainLoss, trainingAccuracy: metadata.trainAccuracy, report: report)
    }
  }

  /// How the labeled rows of a layer are passed over.
  package typealias Passes = (CollapseAnalyzer, FeatureLayer, [LabeledFeatures]) throws ->
    CollapseReport?

  /// By this process, all of them.
  package static let passes:
    @Sendable (CollapseAnalyzer, FeatureLayer, [LabeledFeatures]) throws
      -> CollapseReport? = { analyzer, layer, rows in
        try analyzer.analyze(rows, classifier: layer.classifier)
      }

  /// How a layer of a set is measured, as far as both passes ask.
  func options(
    of layer: FeatureLayer, in set: FeatureSet, trainingMeans: [String: ClassStatistics]?
  ) -> AnalysisOptions {
    var options = options
    if options.weightDecay == nil { options.weightDecay = set.metadata.facts.weightDecay }
    if options.classNames.isEmpty { options.classNames = set.metadata.classNames ?? [] }
    options.meansFrom = trainingMeans?.value(of: layer.name, among: set.layers.count)
    options.labels.ignored.formUnion(set.ignoredLabels)
    return options
  }

  /// The class means of every layer of a training file, for the decisions on its test file.
  public func means(
    of source: FeatureSet, over ranks: any Communicator = SingleProcess()
  ) throws -> [String: ClassStatistics] {
    var options = options
    options.labels.ignored.formUnion(source.ignoredLabels)
    let analyzer = CollapseAnalyzer(options: options)
    return Dictionary(
      try source.layers.map { layer in
        let rows = LabeledFeatures(features: layer.rows, labels: source.labels)
        return (layer.name, try analyzer.statistics(of: [rows], over: ranks))
      }, uniquingKeysWith: { a, _ in a })
  }

  /// The mean of every layer of a file whose labels do not count, for `nc5_orthogonality`.
  func sampleMeans(
    of source: FeatureSet, over ranks: any Communicator
  ) throws -> [String: [Double]] {
    let analyzer = CollapseAnalyzer(options: options)
    return Dictionary(
      try source.layers.map { ($0.name, try analyzer.mean(of: $0.rows, over: ranks)) },
      uniquingKeysWith: { a, _ in a })
  }
}

extension FeatureSet {
  /// The rows of the layer called `layer`; where both files have a single layer, of that one,
  /// whatever its name.
  fileprivate func rows(of layer: String, among count: Int) -> (any RowBlocks)? {
    layers.first { $0.name == layer }?.rows
      ?? (count == 1 && layers.count == 1 ? layers[0].rows : nil)
  }
}

extension Dictionary where Key == String {
  /// The value of the layer called `layer`; where both files have a single layer, that one,
  /// whatever its name.
  fileprivate func value(of layer: String, among count: Int) -> Value? {
    self[layer] ?? (count == 1 && self.count == 1 ? first?.value : nil)
  }
}

extension FeatureAnalysis {
  /// Everything that decides on the measures of a set of features: equal for equal ones.
  var choices: Choices { Choices(self) }

  struct Choices: Encodable {
    let convention: Convention
    let spectrum: Bool
    let classSpectra: Bool
    let weightDecay: Double?
    let droppingNonFinite: Bool
    let labels: [String]
    let unitNorm: Bool
    let pairs: PairTables
    let aboutTraining: Bool
    let unlabelled: Bool
    /// `nil` where it is none, as in stamps of before.
    let regression: Bool?
    let fewShotCount: Int?
    let elasticityRows: Int?
    let principalDirections: Int?
    let magnitudeShare: Double

    init(_ analysis: FeatureAnalysis) {
      let options = analysis.options
      convention = options.convention
      spectrum = options.spectrum
      classSpectra = options.classSpectra
      weightDecay = options.weightDecay
      droppingNonFinite = options.droppingNonFinite
      labels = options.labels.stamp
      unitNorm = options.unitNorm
      pairs = options.pairs
      aboutTraining = options.measuresAboutTraining
      unlabelled = analysis.isUnlabelled
      (fewShotCount, elasticityRows) = (options.fewShotCount, options.elasticityRows)
      regression = analysis.isRegression ? true : nil
      principalDirections = options.principalDirections
      magnitudeShare = options.magnitudeShare
    }
  }
}

extension LabelSelection {
  /// The same for the same selection, whatever the order of its sets.
  fileprivate var stamp: [String] {
    ignored.sorted().map { "ignored \($0)" } + (classes?.sorted().map { "class \($0)" } ?? [])
  }
}
