import NeuralCollapse

/// A quantity over epochs, the repetitions of one setting taken together.
struct Trajectory {
  struct Point {
    var epoch: Int
    var spread: Spread
    /// Whether this is the first recorded epoch since every repetition has had an epoch with zero
    /// training error.
    var isZeroError: Bool
  }

  /// What its runs have in common on the axis of lines.
  var group: Study.Group
  /// By ascending epoch.
  var points: [Point]

  enum Quantity {
    /// From the history of the training.
    case trainingLoss
    /// From the history of the training: the share classified right of `train`, `test`, or a named
    /// test set.
    case accuracy(set: String)
    /// Of the last layer.
    case measure(Measure)

    /// What it is called in data.
    var key: String {
      switch self {
      case .trainingLoss: "training_loss"
      case .accuracy(let set): "accuracy_\(set)"
      case .measure(let measure): measure.key
      }
    }
  }

  /// The trajectories of `quantity` among the runs of one panel: of a measure on `split`, each run's
  /// main one by default.
  static func all(
    of study: Study, _ runs: [RunRecord], quantity: Quantity, split: String? = nil
  ) -> [Trajectory] {
    study.lines(of: runs).compactMap { group in
      let points = points(of: group.runs, quantity, split)
      return points.isEmpty ? nil : Trajectory(group: group, points: points)
    }
  }

  private static func points(
    of runs: [RunRecord], _ quantity: Quantity, _ split: String?
  ) -> [Point] {
    var values: [Int: [Double]] = [:]
    for run in runs {
      for (epoch, value) in series(of: run, quantity, split) {
        values[epoch, default: []].append(value)
      }
    }
    let epochs = thinned(values.keys.sorted())
    let zeroErrors = runs.map(\.zeroErrorEpoch)
    let zeroError = zeroErrors.contains(nil) ? nil : zeroErrors.compactMap { $0 }.max()
    let marked = zeroError.flatMap { reached in epochs.first { $0 >= reached } }
    return epochs.compactMap { epoch in
      Spread(values[epoch]!).map {
        Point(epoch: epoch, spread: $0, isZeroError: epoch == marked)
      }
    }
  }

  private static func series(
    of run: RunRecord, _ quantity: Quantity, _ split: String?
  ) -> [(Int, Double)] {
    switch quantity {
    case .trainingLoss: return run.trainingLosses.map { ($0.epoch, $0.loss) }
    case .accuracy(let set):
      return run.history.compactMap { record in
        record.accuracy(on: set).map { (record.epoch, $0) }
      }
    case .measure(let measure):
      guard let split = split ?? run.mainSplit else { return [] }
      return run.trajectory(split: split).compactMap { record in
        record.epoch.flatMap { epoch in record.value(measure).map { (epoch, $0) } }
      }
    }
  }

  /// At most about sixty of the epochs, evenly spaced on a logarithmic axis.
  private static func thinned(_ epochs: [Int]) -> [Int] {
    guard epochs.count > 60, let last = epochs.last else { return epochs }
    var kept: [Int] = []
    for epoch in epochs {
      let next = kept.last.map { max(Double($0) * 1.08, Double($0) + 1) } ?? 0
      if Double(epoch) >= next || epoch == last { kept.append(epoch) }
    }
    return kept
  }
}

extension String {
  /// With hyphens in place of everything but letters a–z, digits, hyphens.
  var safeFileName: String {
    String(
      lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") ? $0 : "-" })
  }
}
