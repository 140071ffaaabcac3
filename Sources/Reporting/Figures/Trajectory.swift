/// A quantity over epochs, the repetitions of one setting taken together.
struct Trajectory {
  struct Point {
    var epoch: Int
    var spread: Spread
    /// Whether this is the first recorded epoch since every repetition has had an epoch with zero
    /// training error.
    var isZeroError: Bool
  }

  /// The trajectories of one kind of batch normalization, a panel of the figure.
  struct Group {
    var batchNormalization: String?
    var trajectories: [Trajectory]
  }

  var weightDecay: Double?
  /// By ascending epoch.
  var points: [Point]

  /// The trajectories of `quantity` in `facet`: `training_loss`, or the key of a measure.
  static func groups(of study: Study, facet: Setting.Facet, quantity: String) -> [Group] {
    study.batchNormalizations.compactMap { kind in
      let weightDecays: [Double?] = study.weightDecays.map { $0 } + [nil]
      let trajectories = weightDecays.compactMap { weightDecay -> Trajectory? in
        let runs = study.runs(facet: facet, batchNormalization: kind, weightDecay: weightDecay)
        let points = points(of: runs, quantity)
        return points.isEmpty ? nil : Trajectory(weightDecay: weightDecay, points: points)
      }
      return trajectories.isEmpty
        ? nil : Group(batchNormalization: kind, trajectories: trajectories)
    }
  }

  private static func points(of runs: [RunRecord], _ quantity: String) -> [Point] {
    var values: [Int: [Double]] = [:]
    for run in runs {
      for (epoch, value) in series(of: run, quantity) { values[epoch, default: []].append(value) }
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

  private static func series(of run: RunRecord, _ quantity: String) -> [(Int, Double)] {
    if quantity == "training_loss" { return run.history.map { ($0.epoch, $0.trainingLoss) } }
    guard let split = run.mainSplit else { return [] }
    return run.trajectory(split: split).compactMap { record in
      record.value(quantity).map { (record.epoch, $0) }
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
