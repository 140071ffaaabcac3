import CollapseCore
import LibC
import NeuralCollapse
import Reporting

/// A study with made-up numbers that behave as trainings do: collapse grows with epochs and weight
/// decay, more with batch normalization, and too much weight decay ends in the trivial solution.
struct SyntheticStudy {
  var batchNormalizations: [String?] = ["all", "none"]
  var weightDecays: [Double?] = [0, 1e-5, 1e-4, 5e-4, 1e-3, 5e-3, 1e-2, 5e-2]
  var learningRates: [Double?] = [0.05]
  var seeds: [UInt64] = [1, 2, 3]
  var epochs = [0, 1, 2, 3, 5, 8, 12, 20, 32, 50, 80, 120, 200]
  var layers = ["hidden.0", "hidden.1", "hidden.2"]
  var classCount = 10
  var hasProjections = true
  /// Whether the spectra of the classes and an out-of-distribution set were asked for.
  var isMeasuredOnRequest = false

  var report: StudyReport {
    var runs: [RunRecord] = []
    for normalization in batchNormalizations {
      for rate in learningRates {
        for decay in weightDecays {
          for seed in seeds { runs.append(run(normalization, decay, rate, seed)) }
        }
      }
    }
    return StudyReport(
      title: "Batch normalization × weight decay on a synthetic study",
      summary: "A multilayer perceptron trained far past zero training error, at eight weight "
        + "decays and three seeds, with and without batch normalization.",
      runs: runs,
      configuration: "name: synthetic\ndata:\n  synthetic: conic-hull  # <C> & d\n  classes: 10\n",
      versions: [.init(name: "Swift", version: "6.3.1"), .init(name: "gnuplot", version: "5.4")],
      command: "collapse run pipelines/bn-weight-decay/conic-hull.yaml")
  }

  private func run(
    _ normalization: String?, _ decay: Double?, _ rate: Double?, _ seed: UInt64
  ) -> RunRecord {
    let decay = decay ?? 0
    var noise = SeededGenerator(seed: seed, stream: "\(normalization ?? "") \(decay) \(rate ?? 0)")
    let strength = normalization == "all" ? 1.0 : normalization == "last" ? 0.8 : 0.4
    let isTrivial = decay >= 0.05 && normalization != "none"
    // How far the run gets on the way to collapse, in decades of NC1.
    let reach =
      isTrivial ? 0 : strength * (1 + 0.9 * max(0, log10(decay / 1e-6)) / 2) + 0.15 * noise.normal()
    let last = epochs.last ?? 1
    let history = (1...max(1, last)).map { epoch in
      let progress = log(Double(epoch) + 1) / log(Double(last) + 1)
      let loss =
        isTrivial ? log(Double(classCount)) : 2.2 * exp(-7 * progress * (0.6 + 0.2 * reach))
      let accuracy = isTrivial ? 1 / Double(classCount) : min(1, 0.4 + 1.3 * progress)
      return EpochRecord(
        epoch: epoch, trainingLoss: loss, regularizedLoss: loss + decay * 30,
        trainingAccuracy: accuracy, testLoss: loss + 0.1,
        testAccuracy: min(0.985, accuracy * 0.96), learningRate: rate ?? 0.05)
    }
    var measurements: [MeasurementRecord] = []
    for epoch in epochs {
      let progress = log(Double(epoch) + 1) / log(Double(last) + 1)
      for (index, layer) in layers.enumerated() {
        for split in ["train", "test"] {
          let depth = Double(index + 1) / Double(layers.count)
          let decades = reach * progress * depth * (split == "train" ? 1 : 0.7)
          measurements.append(
            MeasurementRecord(
              epoch: epoch, layer: layer, layerIndex: index, split: split,
              report: collapse(decades: decades, isTrivial: isTrivial && epoch > 20, &noise)))
        }
      }
    }
    let name = [
      normalization.map { "bn-\($0)" }, "wd-\(decay)",
      learningRates.count > 1 ? "lr-\(rate ?? 0)" : nil,
      "seed-\(seed)",
    ].compactMap { $0 }.joined(separator: "_")
    return RunRecord(
      name: name,
      facts: RunFacts(
        dataset: "conic-hull", network: "mlp-512-512-512",
        normalization: normalization.flatMap(Normalization.Placement.init(rawValue:))
          .map { Normalization($0) }, weightDecay: decay, learningRate: rate, seed: seed),
      history: history, measurements: measurements,
      projection: hasProjections && seed == 1 ? projection(reach: reach, &noise) : nil,
      paths: ["runs/synthetic/\(name)/measures.json"])
  }

  private func collapse(
    decades: Double, isTrivial: Bool, _ noise: inout SeededGenerator
  ) -> CollapseReport {
    let classes = (0..<classCount).map {
      CollapseReport.Class(label: Int64($0), name: "class \($0)", count: 100)
    }
    var report = CollapseReport(
      convention: .standard, sampleCount: 100 * classCount, dimension: 512, classes: classes)
    let nc1 = 2 * pow(10, -decades) * exp(0.1 * noise.normal())
    let deficit = nc1 / (1 + nc1)
    let ideal = -1 / Double(classCount - 1)
    let excess = 0.7 * pow(deficit, 0.6)
    let rho = 1 - 0.4 * deficit
    let certificate = (1 - rho) * (1 + rho)
    let measures: [(String, Double)] = [
      ("nc1_pinv", nc1), ("feature_rms", 4 + 3 * deficit), ("nc2_means_norm_cov", 0.3 * deficit),
      ("nc2_means_etf_distance", 0.8 * pow(deficit, 0.5)),
      ("nc3_duality_distance", 0.9 * pow(deficit, 0.4)),
      ("accuracy", 1 - 0.2 * deficit), ("nc4_ncc_accuracy", 1 - 0.3 * deficit),
      ("nc4_mismatch", deficit < 0.05 ? 0 : 0.2 * deficit), ("cos_intra_mean", 1 - 0.7 * deficit),
      ("cos_intra_min", 1 - deficit), ("cos_intra_deficit_max", deficit),
      ("cos_inter_mean", ideal + 0.01), ("cos_inter_max", ideal + excess),
      ("cos_inter_excess_max", excess), ("cross_entropy", 0.4 * deficit),
      ("margin_min", 12 * (1 - 2 * deficit)), ("margin_mean", 14),
      ("optimality_log_ratio", 6 * pow(deficit, 0.8) * exp(0.2 * noise.normal())),
      ("alignment", rho), ("within_norm_fraction", certificate * (0.35 + 0.5 * noise.uniform())),
      ("collapse_certificate", certificate),
    ]
    report.measures = measures.map { key, value in
      let lacksDirection = isTrivial && (key.hasPrefix("cos_") || key.hasPrefix("nc"))
      return (key, lacksDirection ? .undefined("zero vectors") : .value(value))
    }
    report.perClass["cos_intra"] = classes.map { _ in
      isTrivial ? nil : 1 - deficit * noise.uniform()
    }
    report.perPair["cos_inter"] = (0..<classCount).map { a in
      (0..<classCount).map { b in
        a == b || isTrivial ? nil : ideal + excess * (abs(a - b) == 1 ? 0.9 : 0.2)
      }
    }
    report.perPair["nc3_cosine"] = (0..<classCount).map { a in
      (0..<classCount).map { b in
        isTrivial
          ? nil : a == b ? 1 - 0.5 * deficit : ideal + excess * 0.6 * (2 * noise.uniform() - 0.5)
      }
    }
    report.series["spectrum_singular_values"] = (0..<64).map { index in
      index < classCount - 1
        ? 30 * (1 - 0.02 * Double(index)) : 30 * deficit.squareRoot() * pow(0.93, Double(index))
    }
    let probabilities = [0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1]
    report.series["margin_quantile_probabilities"] = probabilities
    report.series["margin_quantiles"] = probabilities.map {
      12 - 4 * deficit + 6 * deficit * ($0 - 0.7) * 4
    }
    if isMeasuredOnRequest { addRequested(to: &report, deficit: deficit) }
    if isTrivial { report.warnings = ["1000 features are zero vectors and have no direction"] }
    return report
  }

  private func addRequested(to report: inout CollapseReport, deficit: Double) {
    for number in 0..<classCount {
      report.series["class_spectrum_\(number)"] = (0..<32).map {
        deficit * pow(0.9 - 0.01 * Double(number), Double($0))
      }
    }
    report.series["class_spectrum_median"] = (0..<32).map { pow(0.88, Double($0)) }
    for set in ["letters", "far_neco"] {
      for score in ["neco", "neco_logit", "nci"] {
        let key = "ood_\(set)_\(score)"
        report.series[key + "_edges"] = (0...40).map { Double($0) / 40 }
        report.series[key + "_inner_shares"] = (0..<40).map { Double($0) / 780 }
        report.series[key + "_outer_shares"] = (0..<40).map { Double(39 - $0) / 780 }
        report.series[key + "_roc_false_positives"] = (0...50).map { pow(Double($0) / 50, 2) }
        report.series[key + "_roc_true_positives"] = (0...50).map { Double($0) / 50 }
      }
    }
  }

  private func projection(reach: Double, _ noise: inout SeededGenerator) -> FeatureProjection {
    let snapshots = [epochs[1], epochs[epochs.count / 2], epochs[epochs.count - 1]].map { epoch in
      let progress = log(Double(epoch) + 1) / log(Double(epochs.last!) + 1)
      let spread = 0.5 * pow(10, -reach * progress / 2)
      let points = (0..<150).map { index -> FeatureProjection.Point in
        let corner = Double(index % 3) * 2 * Double.pi / 3
        return .init(
          x: -sin(corner) + spread * noise.normal(), y: cos(corner) + spread * noise.normal(),
          classIndex: index % 3)
      }
      return FeatureProjection.Snapshot(epoch: epoch, points: points)
    }
    return FeatureProjection(classes: ["airplane", "cat", "ship"], snapshots: snapshots)
  }
}
