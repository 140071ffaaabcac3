import CollapseCore
import Datasets
import FeatureStore
import NeuralCollapse
import Networks
import Reporting
import Training

/// A network that an experiment trains by the engine, on one thread, and measures after the epochs of
/// its checkpoints.
struct ExperimentTraining {
  /// What is known after an epoch.
  struct Moment {
    let epoch: Int
    /// Of the epoch's evaluation.
    let metrics: EpochMetrics
    /// Parameters, by which more can be asked.
    let checkpoint: NamedTensors
    /// Measures of the last features.
    let train: MeasurementRecord
    /// The same of the test samples, about their own means and those of the training.
    let test: MeasurementRecord?
    /// The same of samples of other classes.
    let transfer: MeasurementRecord?

    /// The numbers of a trained array: `classifier/weight`.
    func parameter(_ name: String) -> [Double] {
      (checkpoint["parameters/\(name)"]?.values ?? []).map(Double.init)
    }
  }

  /// What was seen of a training.
  struct Course {
    let moments: [Moment]
    /// Of the first epoch evaluated without a training error; `nil` where there was none.
    let zeroErrorMetrics: EpochMetrics?
    var zeroErrorEpoch: Int? { zeroErrorMetrics?.epoch }

    var last: Moment? { moments.last }
    /// From zero training error on.
    var terminal: [Moment] {
      guard let zeroErrorEpoch else { return [] }
      return moments.filter { $0.epoch >= zeroErrorEpoch }
    }
  }

  let network: NetworkDescription
  var options: TrainingOptions
  let train: any LabeledSamples
  var test: (any LabeledSamples)?
  /// Samples of classes that the network never saw.
  var transfer: (any LabeledSamples)?
  var normalization: ChannelNormalization?
  /// Arrays of the checkpoint before the first step that are others than the seed draws.
  var start: [String: Tensor] = [:]
  /// What is measured of features.
  var analysis = AnalysisOptions()

  /// - Throws: `WorkInterrupted`, `TrainingDivergence` and ``TrainingError``.
  func run(_ interruption: Interruption) throws -> Course {
    var options = options
    options.threads = 1
    var moments: [Moment] = []
    var zeroError: EpochMetrics?
    var metrics: EpochMetrics?
    var trainer = try Trainer(
      network: network, options: options, training: train, test: test,
      normalization: normalization)
    if !start.isEmpty {
      var beginning = try trainer.checkpoint()
      for (name, tensor) in start { beginning[name] = tensor }
      trainer = try Trainer(resuming: beginning, training: train, test: test)
    }
    try trainer.run(interruption: interruption) { event in
      switch event {
      case .epochFinished(let finished):
        metrics = finished
        if zeroError == nil, finished.trainAccuracy == 1 { zeroError = finished }
      case .checkpointDue(let checkpoint):
        if let metrics { moments.append(try moment(checkpoint, metrics)) }
      case .step, .note: break
      }
    }
    try interruption.check()
    return Course(moments: moments, zeroErrorMetrics: zeroError)
  }

  private func moment(_ checkpoint: NamedTensors, _ metrics: EpochMetrics) throws -> Moment {
    let extraction = try FeatureExtraction(checkpoint, threads: 1)
    var options = analysis
    options.threads = 1
    options.measuresAboutTraining = true
    let analysis = FeatureAnalysis(options: options)
    func features(of samples: any LabeledSamples, _ split: String) throws -> FeatureSet {
      try extraction.features(
        of: samples, split: split, layers: .last,
        memoryLimit: TrajectoryMeasurement.standardMemoryLimit)
    }
    let trained = try features(of: train, "train")
    let means = try analysis.means(of: trained)
    func measured(_ set: FeatureSet, means: [String: ClassStatistics]?) throws -> MeasurementRecord
    {
      try analysis.measure(set, trainingMeans: means)[0]  // one layer was asked for
    }
    return Moment(
      epoch: metrics.epoch, metrics: metrics, checkpoint: checkpoint,
      train: try measured(trained, means: nil),
      test: try test.map { try measured(try features(of: $0, "test"), means: means) },
      transfer: try transfer.map { try measured(try features(of: $0, "transfer"), means: nil) })
  }
}

extension Glyphs {
  /// Drawn digits and their normalization, for trainings of an experiment.
  static func splits(
    perClass: Int, testPerClass: Int, noise: Double? = nil, seed: UInt64
  ) throws -> (train: LabeledImages, test: LabeledImages, normalization: ChannelNormalization) {
    var glyphs = Glyphs()
    glyphs.trainPerClass = perClass
    glyphs.testPerClass = testPerClass
    if let noise { glyphs.noise = noise }
    glyphs.seed = seed
    let (train, test) = try glyphs.generate(threads: 1)
    return (train, test, try ChannelNormalization(of: train))
  }
}

extension LabeledSamples {
  /// Those of some classes alone, which are numbered anew in their order.
  func keeping(classes: [Int]) -> Self {
    let indices = labels.indices.filter { classes.contains(Int(labels[$0])) }
    let kept = selecting(indices)
    return kept.relabeled(
      kept.labels.map { Int32(classes.firstIndex(of: Int($0))!) },
      classNames: classes.map { classNames[$0] })
  }

  /// The first of every class, as many as `counts` says.
  func keeping(counts: [Int]) -> Self {
    var left = counts
    return selecting(
      labels.indices.filter { index in
        let label = Int(labels[index])
        guard left[label] > 0 else { return false }
        left[label] -= 1
        return true
      })
  }
}

extension TestedClaim {
  /// A claim on differences that should lie above zero: of every setting the mean over repetitions
  /// with its 95 % interval, of which the lower end counts.
  static func positive(
    _ name: String, _ paper: Paper, _ statement: String, test: String, of quantity: String,
    caption: String, settings: [(setting: [(axis: String, value: String)], values: [Double])],
    remark: String = ""
  ) -> TestedClaim {
    let tested = settings.compactMap { entry in
      SeedInterval(entry.values).flatMap { interval in
        interval.halfWidth == nil ? nil : (entry.setting, entry.values, interval)
      }
    }
    guard let first = tested.first else {
      return TestedClaim(
        name: name, paper: paper, statement: statement, test: test, finding: nil,
        reason: "no setting has two repetitions in which it can be asked")
    }
    let outcomes = tested.map { _, _, interval -> Finding.Outcome in
      interval.isPositive ? .agrees : interval.isNegative ? .disagrees : .inconclusive
    }
    return TestedClaim(
      name: name, paper: paper, statement: statement, test: test,
      finding: Finding(
        verdict: Finding.verdict(outcomes),
        sentence:
          "In \(outcomes.count { $0 == .agrees }) of \(outcomes.count) settings above zero, "
          + "in \(outcomes.count { $0 == .disagrees }) below, with the interval."
          + (remark.isEmpty ? "" : " " + remark),
        table: Table(
          name: name, caption: caption,
          columns: first.0.map { .init($0.axis, $0.axis, isNumeric: false) } + [
            .init("repetitions", "repetitions"), .init("value", quantity, isNumeric: false),
            .init("says", "says", isNumeric: false),
          ],
          rows: zip(tested, outcomes).map { entry, outcome in
            entry.0.map { .text($0.value) } + [
              .integer(entry.1.count), .text(entry.2.text(.significant(3))),
              .text(
                outcome == .agrees ? "above" : outcome == .disagrees ? "below" : "not settled"),
            ]
          })))
  }
}
