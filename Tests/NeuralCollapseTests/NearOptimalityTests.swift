import CollapseCore
import LibC
import NeuralCollapse
import Testing

/// The identities and inequalities behind the guarantees, on random data.
@Suite struct NearOptimalityTests {
  static let cases =
    FeatureCase.grid.filter { Set($0.labels).count > 1 && $0.classifier != nil } + [.golden]

  /// The certificate is accumulated as the residual mean‖h−(ρα/β)w̃_y‖²/α²: the same number.
  @Test(arguments: cases) func theCertificateIsOneMinusTheSquaredAlignment(
    item: FeatureCase
  ) throws {
    let report = try item.report()
    let alignment = try #require(report["alignment"]?.value)
    let certificate = try #require(report["collapse_certificate"]?.value)
    guard alignment > 0 else {
      #expect(certificate == 1)
      return
    }
    #expect(abs(certificate - (1 - alignment * alignment)) <= 1e-10)
  }

  /// ρ by its definition, from margins and norms of every sample, and the two parts of
  /// α²(1−ρ²) = mean‖h−μ_y‖² + mean‖μ_y − (ρα/β) w̃_y‖².
  @Test(arguments: cases) func theAlignmentIsThatOfItsDefinition(item: FeatureCase) throws {
    let report = try item.report()
    let labels = report.classes.map(\.label)
    let shares = report.classes.map { Double($0.count) / Double(item.sampleCount) }
    let count = Double(labels.count)
    let rows =
      item.classifier!.classCount == labels.count ? Array(labels.indices) : labels.map { Int($0) }
    let weights = rows.map { Array(item.classifier!.weights.row($0)) }
    let bias = rows.map { item.classifier!.bias?[$0] ?? 0 }
    let centre = (0..<item.dimension).map { j in weights.reduce(0) { $0 + $1[j] } / count }
    let centred = weights.map { zip($0, centre).map { $0 - $1 } }
    let meanBias = bias.reduce(0, +) / count

    var (marginSum, squares) = (0.0, 0.0)
    var sums = weights.map { $0.map { _ in 0.0 } }
    for index in item.labels.indices {
      let own = labels.firstIndex(of: item.labels[index])!
      let row = Array(item.row(index))
      let logits = zip(weights, bias).map { w, b in zip(w, row).reduce(b) { $0 + $1.0 * $1.1 } }
      marginSum += logits[own] - (logits.reduce(0, +) - logits[own]) / (count - 1)
      squares += row.reduce(0) { $0 + $1 * $1 }
      for (column, value) in row.enumerated() { sums[own][column] += value }
    }
    let samples = Double(item.sampleCount)
    let alpha = (squares / samples).squareRoot()
    let beta = zip(shares, centred).reduce(0) { sum, pair in
      sum + pair.0 * pair.1.reduce(0) { $0 + $1 * $1 }
    }.squareRoot()
    let shift =
      count / (count - 1) * zip(shares, bias).reduce(0) { $0 + $1.0 * ($1.1 - meanBias) }
    let rho = (count - 1) / count * (marginSum / samples - shift) / (alpha * beta)
    #expect(try abs(#require(report["alignment"]?.value) - rho) <= 1e-10)

    guard rho > 0 else { return }
    let scale = rho * alpha / beta
    var (within, offset) = (0.0, 0.0)
    for index in item.labels.indices {
      let own = labels.firstIndex(of: item.labels[index])!
      let size = Double(report.classes[own].count)
      for (column, value) in item.row(index).enumerated() {
        let mean = sums[own][column] / size
        within += (value - mean) * (value - mean) / samples
        let difference = mean - scale * centred[own][column]
        offset += difference * difference / samples
      }
    }
    let certificate = try #require(report["collapse_certificate"]?.value)
    #expect(abs(certificate - (within + offset) / (alpha * alpha)) <= 1e-10)
    #expect(
      try abs(#require(report["within_norm_fraction"]?.value) - within / (alpha * alpha)) <= 1e-10)
  }

  @Test(arguments: cases) func theBoundsHold(item: FeatureCase) throws {
    let report = try item.report()
    func value(_ key: String) throws -> Double { try #require(report[key]?.value, "\(key)") }
    let tolerance = 1e-10
    #expect(
      try value("within_norm_fraction") <= value("collapse_certificate") * (1 + tolerance) + 1e-15)
    #expect(
      try value("collapse_certificate") <= value("collapse_certificate_from_loss") + tolerance)
    #expect(try abs(value("alignment")) <= 1 + tolerance)
    #expect(try value("optimality_log_ratio") >= -tolerance)
    #expect(try value("optimality_gap") >= -tolerance)
  }

  /// CE ≥ log(1+(C−1)e^{−M̄}) ≥ log(1+(C−1)e^{−Cαβ/(C−1) − s}), M̄ from ρ.
  @Test(arguments: cases) func crossEntropyIsBoundedByTheMeanMargin(item: FeatureCase) throws {
    let report = try item.report()
    func value(_ key: String) throws -> Double { try #require(report[key]?.value, "\(key)") }
    let count = Double(report.classes.count)
    let scale = try count / (count - 1) * value("feature_rms") * value("weight_rms")
    let bound = try log(expm1(value("optimal_cross_entropy")))
    // bound = log(C−1) − scale − s, and log(C−1) − M̄ = bound + scale(1 − ρ)
    let throughMargin = try log1p(exp(bound + scale * (1 - value("alignment"))))
    #expect(try value("cross_entropy") >= throughMargin * (1 - 1e-10))
    #expect(try throughMargin >= value("optimal_cross_entropy") * (1 - 1e-10))
  }

  /// The regularized optimum is a minimum over p, and the formula's value is attained there.
  @Test(arguments: [(10, 5e-4), (4, 0.01), (100, 1e-3), (2, 0.3)])
  func theRegularizedOptimumIsLeast(classes: Int, weightDecay: Double) throws {
    let item = FeatureCase.gaussian(
      "optimum", counts: Array(repeating: 3, count: classes),
      means: FeatureCase.randomMeans(classes, 4, seed: 1), spread: 0.1, seed: 1)
    let report = try item.report { $0.weightDecay = weightDecay }
    let product = try #require(report["optimal_norm_product"]?.value)
    let least = try #require(report["optimal_regularized_loss"]?.value)
    let count = Double(classes)
    func loss(_ p: Double) -> Double {
      log1p((count - 1) * exp(-count * p / (count - 1))) + weightDecay * count.squareRoot() * p
    }
    #expect(abs(loss(product) - least) <= 1e-12)
    for other in [product * 0.99, product * 1.01, 0, product + 1] { #expect(loss(other) > least) }
  }

  @Test func withStrongWeightDecayTheOptimumIsAtZero() throws {
    let report = try FeatureCase.golden.report { $0.weightDecay = 0.5 }
    #expect(report["optimal_norm_product"] == .value(0))
    #expect(abs(report["optimal_regularized_loss"]!.value! - log(4)) <= 1e-15)
  }

  @Test func withoutWeightDecayThereIsNoOptimum() throws {
    #expect(
      try FeatureCase.golden.report { $0.weightDecay = 0 }["optimal_norm_product"]
        == .undefined("no weight decay: the least is at infinite norms"))
    #expect(
      try FeatureCase.golden.report()["optimal_norm_product"]
        == .undefined("no weight decay stated"))
  }

  /// Where `optimal_cross_entropy` underflows, the ratio still has its logarithm.
  @Test func theLogarithmicRatioOutlivesUnderflow() throws {
    var item = FeatureCase.golden
    item.features = item.features.map { $0 * -1000 }
    let report = try item.report()
    #expect(report["optimal_cross_entropy"] == .value(0))
    let ratio = try #require(report["optimality_log_ratio"]?.value)
    #expect(ratio.isFinite && ratio > 1000)
  }
}
