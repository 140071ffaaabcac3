import NeuralCollapse
import Predictions
import Reporting
import Testing

/// The claim about the classifier's block follows the runs, whichever way they point.
@Suite struct ClassifierBlockClaimTests {
  /// Two runs of three epochs, whose blocks are off the closed form by `errors`.
  private func verdict(errors: [Double], seeds: Int = 2) -> Finding.Verdict? {
    var report = SyntheticStudy(
      batchNormalizations: [nil], weightDecays: [nil], seeds: (1...seeds).map(UInt64.init),
      epochs: [1, 2, 3],
      hasProjections: false
    ).report
    report.about = ["classifier-block"]
    let (between, centre, loss) = (1.5, 0.8, 0.1)
    for index in report.runs.indices {
      for place in report.runs[index].measurements.indices {
        let epoch = Double(report.runs[index].measurements[place].epoch ?? 0)
        var own = report.runs[index].measurements[place].report
        let values = [
          "nc1_pinv": 1 / epoch, "between_trace": between, "global_mean_norm": centre,
        ]
        own.measures =
          own.measures.filter { values[$0.key] == nil }
          + values.map { ($0.key, Measurement.value($0.value)) }
        report.runs[index].measurements[place].report = own
      }
      let dimension = report.runs[index].measurements[0].report.dimension
      let square = between + centre * centre
      let form = ClassifierCurvature(
        classCount: 10, squaredNorm: square,
        cosine: (10 * centre * centre - square) / (9 * square), ownProbability: 0.9048374180359595,
        hasBias: true)
      report.runs[index].curvature = errors.enumerated().map { place, error in
        var record = CurvatureRecord(
          epoch: place + 1, split: "train", samples: 10, parameters: 99, classes: 10,
          loss: "crossEntropy", lossValue: loss, gradientNorm: 0, penalties: false,
          statistics: "none", batchSize: nil, seed: 0, tolerance: 1e-6)
        record.layers = [
          .init(
            name: "classifier", parameters: 10 * (dimension + 1),
            spectra: [
              .init(
                matrix: "hessian", asymmetry: 0,
                largest: [.init(value: form.largest / (1 + error), bound: 0)])
            ])
        ]
        return record
      }
    }
    return report.claims.first { $0.name == "classifier-block" }?.finding?.verdict
  }

  @Test func anErrorThatFallsWithVariabilityAgrees() {
    #expect(verdict(errors: [0.5, 0.3, 0.1]) == .supported)
    #expect(verdict(errors: [0.1, 0.3, 0.5]) == .contradicted)
  }

  @Test func oneRunSaysNothing() {
    #expect(verdict(errors: [0.5, 0.3, 0.1], seeds: 1) == nil)
  }
}
